using Slipway.Groovy.Compilation;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Runtime;

[Flags]
internal enum FrameFlags
{
    None = 0,

    /// <summary>A constructor: the caller gets the object.</summary>
    ReturnsThis = 1,

    /// <summary>A setter or initializer: the caller gets nothing.</summary>
    Discards = 2,
}

/// <summary>A function that runs: where it stands, where its locals are on the fiber's stack. Reused by later calls of the same depth.</summary>
internal sealed class Frame
{
    public FunctionCode Code = null!;
    public int Pc;
    public int Base;

    /// <summary>Where the caller finds the result.</summary>
    public int ResultAt;
    public object? This;
    public ScriptClosure? Closure;
    public Cell[] Captures = [];
    public UserClass? Class;
    public FrameFlags Flags;

    /// <summary>A bit for each parameter that was passed; for defaults.</summary>
    public ulong Supplied;

    public void Release()
    {
        This = null;
        Closure = null;
        Captures = [];
        Class = null;
    }

    /// <summary>Where it stands in the source.</summary>
    public SourcePlace Place => new(Code.Source, Code.Source.PositionOf(Code.Spans[Math.Clamp(Pc - 1, 0, Code.Spans.Length - 1)].Start));
}
