using Slipway.Groovy.Syntax;
using static Slipway.Jenkinsfile.Tests.Declarative.Linting;

namespace Slipway.Jenkinsfile.Tests.Declarative;

public sealed class StepFaultTests
{
    [Theory]
    [InlineData("ehco 'x'", "No such DSL method 'ehco' found among steps. Did you mean \"echo\"?")]
    [InlineData("dir('x') { ehco 'x' }", "No such DSL method 'ehco' found among steps. Did you mean \"echo\"?")]
    [InlineData("parallel(a: { ehco 'x' })", "No such DSL method 'ehco' found among steps. Did you mean \"echo\"?")]
    [InlineData("sh(scritp: 'x')", "Invalid parameter \"scritp\", did you mean \"script\"?")]
    [InlineData("sh(returnStdout: true)", "Missing required parameter: \"script\"")]
    [InlineData("sh(script: 'x', returnStdout: 'yes')", "Expecting \"boolean\" for parameter \"returnStdout\" but got \"yes\" of type class java.lang.String instead")]
    [InlineData("echo 1", "Expecting \"class java.lang.String\" for parameter \"message\" but got \"1\" of type class java.lang.Integer instead")]
    [InlineData("writeFile 'a', 'b'", "Step \"writeFile\" takes at most one unnamed argument. Name the arguments: writeFile(name: value, …).")]
    [InlineData("retry(3)", "retry step must be called with a body. Write retry(…) { … }.")]
    [InlineData("echo('x') { echo 'y' }", "echo takes no block. Take the braces off, or put them where they were meant.")]
    [InlineData("timeout(time: 1, unit: 'WEEKS') { echo 'x' }", "Valid values are")]
    [InlineData("input 'go on?'", "The step \"input\" is not supported by this version.")]
    public void A_wrong_step_is_refused_before_the_run(string step, string fault)
    {
        var diagnostics = Check(InSteps(step));

        Assert.Contains(diagnostics, d => d.Severity == DiagnosticSeverity.Error && d.Message.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("def helper() { }", "helper()")]
    [InlineData("helper = { }", "helper()")]
    [InlineData("def helper = this.&println", "helper 'x'")]
    [InlineData("@Library('x') _", "helper()")]
    [InlineData("library 'x'", "helper()")]
    [InlineData("def tools = load('tools.groovy')", "helper()")]
    public void A_function_that_the_script_or_a_library_brings_is_no_unknown_step(string before, string step)
    {
        Assert.DoesNotContain(Check(before + "\n" + InSteps(step)), d => d.Message.Contains("helper", StringComparison.Ordinal));
    }

    [Fact]
    public void Values_that_are_computed_are_left_to_the_run()
    {
        Assert.Empty(Check(InSteps("sh(script: someCall(), returnStatus: x ?: true); echo \"${y}\"; retry(n) { echo 'x' }")));
    }

    [Theory]
    [InlineData("node { ehco 'x' }")]
    [InlineData("node { if (x) { try { ehco 'x' } finally { echo 'y' } } }")]
    [InlineData("def f() { ehco 'x' }")]
    public void A_step_that_is_mistyped_in_free_code_is_a_warning(string script)
    {
        var warning = Assert.Single(Check(script));

        Assert.Equal((DiagnosticSeverity.Warning, "No such DSL method 'ehco' found among steps. Did you mean \"echo\"?"), (warning.Severity, warning.Message));
    }

    [Theory]
    [InlineData("def ehco = { }\nnode { ehco 'x' }")]
    [InlineData("def f(ehco) { ehco 'x' }")]
    [InlineData("config.with { ehco 'x' }")]
    [InlineData("node { println 'x' }")]
    [InlineData("echoAll 'x'\ndef echoAll(x) { }")]
    public void Free_code_may_give_names_a_meaning(string script)
    {
        Assert.Empty(Check(script));
    }

    private static string InSteps(string step) => $"pipeline {{ agent any; stages {{ stage('a') {{ steps {{ {step} }} }} }} }}";
}
