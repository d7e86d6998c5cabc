using System.Text;
using Slipway.Groovy.Compilation;
using Slipway.Groovy.Parsing;
using Slipway.Groovy.Runtime;
using Slipway.Groovy.Syntax;

namespace Slipway.Conformance;

/// <summary>Programs of our own, by topic, whose output was recorded from real Groovy 2.4 (<c>tests/Conformance/Groovy/record</c>).</summary>
public sealed class GroovyProgramsTests
{
    private static readonly string Root = Path.Combine(Corpus.SourceDirectory(), "Groovy");

    public static TheoryData<string> Programs() => new(Directory
        .EnumerateFiles(Root, "*.groovy", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
        .Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task A_program_prints_what_real_Groovy_prints(string program)
    {
        var path = Path.Combine(Root, program);
        var cancellation = TestContext.Current.CancellationToken;
        var expected = await File.ReadAllTextAsync(Path.ChangeExtension(path, ".out"), cancellation);

        var actual = await RunAsync(new SourceText(program, await File.ReadAllTextAsync(path, cancellation)));

        Assert.Equal(expected, actual);
    }

    private static async Task<string> RunAsync(SourceText source)
    {
        var parsed = GroovyParser.Parse(source);
        Assert.True(parsed.Succeeded, string.Join('\n', parsed.Diagnostics.Select(d => d.Render())));
        var script = ScriptCompiler.Compile(parsed.Script!, new CompilerOptions { ClassName = "Script1" });
        var host = new PrintingHost();
        var interpreter = new Interpreter(host, new InterpreterOptions { Limits = new Limits { Computation = TimeSpan.FromMinutes(1) } });
        try
        {
            await interpreter.RunScriptAsync(interpreter.NewFiber(), interpreter.LoadScript(script));
        }
        catch (GroovyException e)
        {
            host.Output.Append("Caught: ").Append(e.Value).Append('\n');
        }

        return host.Output.ToString();
    }

    private sealed class PrintingHost : IScriptHost
    {
        public StringBuilder Output { get; } = new();

        public IEnumerable<string> FunctionNames => [];

        public bool TryGetVariable(string name, HostScope scope, out object? value)
        {
            value = null;
            return false;
        }

        public bool TrySetVariable(string name, object? value, HostScope scope) => false;

        public bool HasFunction(string name) => false;

        public ValueTask<object?> InvokeAsync(HostCall call) => throw new InvalidOperationException(call.Name);

        public void Print(string text, HostScope scope) => Output.Append(text);
    }
}
