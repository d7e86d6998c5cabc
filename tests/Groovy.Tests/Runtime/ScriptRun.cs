using System.Text;
using Slipway.Groovy.Compilation;
using Slipway.Groovy.Parsing;
using Slipway.Groovy.Runtime;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Tests.Runtime;

/// <summary>Runs scripts against a host whose functions the test answers when it wants to.</summary>
internal sealed class ScriptRun : IScriptHost
{
    private readonly StringBuilder _output = new();

    public ScriptRun(InterpreterOptions? options = null) => Interpreter = new Interpreter(this, options);

    public Interpreter Interpreter { get; }

    public string Output => _output.ToString();

    public Dictionary<string, object?> Variables { get; } = [];

    public Dictionary<string, Func<HostCall, ValueTask<object?>>> Functions { get; } = [];

    public IEnumerable<string> FunctionNames => Functions.Keys;

    public static CompiledScript Compile(string text, CompilerOptions? options = null)
    {
        var parsed = GroovyParser.Parse(new SourceText("Jenkinsfile", text));
        Assert.True(parsed.Succeeded, string.Join('\n', parsed.Diagnostics.Select(d => d.Render())));
        return ScriptCompiler.Compile(parsed.Script!, options);
    }

    public static object? Evaluate(string text)
    {
        var run = new ScriptRun();
        return run.Run(text);
    }

    public static GroovyException Fails(string text, InterpreterOptions? options = null) => Assert.Throws<GroovyException>(() => new ScriptRun(options).Run(text));

    /// <summary>Runs a script that never waits.</summary>
    public object? Run(string text)
    {
        var task = Start(text);
        Assert.True(task.IsCompleted, "The script waits for something");
        return task.GetAwaiter().GetResult();
    }

    public Task<object?> Start(string text, object? context = null) => Start(Interpreter.NewFiber(context), text);

    public Task<object?> Start(Fiber fiber, string text) => Interpreter.RunScriptAsync(fiber, Interpreter.LoadScript(Compile(text))).AsTask();

    public bool TryGetVariable(string name, HostScope scope, out object? value) => Variables.TryGetValue(name, out value);

    public bool TrySetVariable(string name, object? value, HostScope scope)
    {
        if (!Variables.ContainsKey(name))
        {
            return false;
        }

        Variables[name] = value;
        return true;
    }

    public bool HasFunction(string name) => Functions.ContainsKey(name);

    public ValueTask<object?> InvokeAsync(HostCall call) => Functions[call.Name](call);

    public void Print(string text, HostScope scope) => _output.Append(text);
}
