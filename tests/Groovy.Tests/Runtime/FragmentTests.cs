using Slipway.Groovy.Compilation;
using Slipway.Groovy.Parsing;
using Slipway.Groovy.Runtime;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Tests.Runtime;

public sealed class FragmentTests
{
    [Fact]
    public async Task A_fragment_sees_the_scripts_methods_binding_and_shared_variables()
    {
        var run = new ScriptRun();
        var compiled = ScriptRun.Compile("def top = 2; bound = 3; def twice(x) { x * 2 }; mark { top + bound + twice(5) }", new CompilerOptions { SharesTopLevelVariables = true });
        run.Functions["mark"] = _ => ValueTask.FromResult<object?>(null);
        var script = run.Interpreter.LoadScript(compiled);
        var fiber = run.Interpreter.NewFiber();
        await run.Interpreter.RunScriptAsync(fiber, script);

        Assert.Equal(15, await run.Interpreter.EvaluateAsync(fiber, script, Parse("top + bound + twice(5)"), null));
        Assert.Equal(7, await run.Interpreter.EvaluateAsync(fiber, script, Parse("top = 4; [1].collect { top + bound }[0]"), null));
        Assert.Equal(9, await fiber.CallAsync(run.Interpreter.MakeClosure(script, Parse("top + 5"))));
    }

    [Fact]
    public async Task A_fragments_host_calls_see_its_context()
    {
        var run = new ScriptRun();
        run.Functions["where"] = call => ValueTask.FromResult(call.Scope.Context);
        var script = run.Interpreter.LoadScript(ScriptRun.Compile("1"));
        var fiber = run.Interpreter.NewFiber("outside");

        Assert.Equal("inside", await run.Interpreter.EvaluateAsync(fiber, script, Parse("where()"), "inside"));
        Assert.Equal("outside", fiber.Context);
    }

    [Fact]
    public async Task Scripts_may_share_a_binding_and_call_each_others_methods()
    {
        var run = new ScriptRun();
        var binding = new GroovyMap();
        var library = run.Interpreter.LoadScript(ScriptRun.Compile("def hello(n) { greeting + ' ' + n }; return this"), binding);
        var fiber = run.Interpreter.NewFiber();
        var self = await run.Interpreter.RunScriptAsync(fiber, library);
        run.Variables["lib"] = self;

        Assert.Equal("hi bob", await run.Interpreter.RunScriptAsync(fiber, run.Interpreter.LoadScript(ScriptRun.Compile("greeting = 'hi'; lib.hello('bob')"), binding)));
    }

    [Theory]
    [InlineData("def a = 1; def a = 2", "GRV301")]
    [InlineData("def a = 1; [1].each { def a = 2 }", "GRV301")]
    [InlineData("[1].each { break }", "GRV302")]
    [InlineData("continue", "GRV303")]
    public void Faults_of_meaning_have_a_place_and_a_code(string script, string code)
    {
        var diagnostic = Assert.Single(ScriptRun.Compile(script).Diagnostics);

        Assert.Equal(code, diagnostic.Code);
        Assert.True(diagnostic.Span.Start > 0 || script.StartsWith("continue", StringComparison.Ordinal));
    }

    private static BlockStatement Parse(string text)
    {
        var script = GroovyParser.Parse(new SourceText("Jenkinsfile", text)).Script!;
        return new BlockStatement(script.Statements, script.Span);
    }
}
