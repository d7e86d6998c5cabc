using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Lint;
using static Slipway.Jenkinsfile.Tests.Declarative.Linting;

namespace Slipway.Jenkinsfile.Tests.Declarative;

public sealed class StructureFaultTests
{
    [Fact]
    public void A_pipeline_with_every_section_has_no_fault()
    {
        Assert.Empty(Check("""
            def shared() { 1 }
            pipeline {
                agent { node { label 'x'; customWorkspace 'dir' } }
                environment { A = 'x'; B = "${A}y"; C = shared(); D = 'p' + "q" }
                parameters {
                    string(name: 'S', defaultValue: '', description: 'd', trim: true)
                    text(name: 'T', defaultValue: 'x')
                    booleanParam(name: 'F', defaultValue: false)
                    choice(name: 'C', choices: ['a', 'b'])
                    password(name: 'P', defaultValue: '')
                }
                options {
                    timeout(time: 1, unit: 'HOURS')
                    retry(2)
                    timestamps()
                    disableConcurrentBuilds(abortPrevious: true)
                    buildDiscarder(logRotator(numToKeepStr: '5'))
                    skipDefaultCheckout()
                    skipStagesAfterUnstable()
                    parallelsAlwaysFailFast()
                }
                stages {
                    stage('a') {
                        when { beforeAgent true; allOf { branch 'main'; not { environment name: 'X', value: 'y' } }; expression { return true } }
                        agent none
                        options { timeout(5) }
                        steps { script { if (true) { echo 'x' } } }
                        post { always { echo 'x' }; cleanup { echo 'y' } }
                    }
                    stage('b') { failFast true; parallel { stage('c') { steps { echo 'x' } }; stage('d') { stages { stage('e') { steps { echo 'x' } } } } } }
                }
                post { unsuccessful { echo 'x' } }
            }
            """));
    }

    [Fact]
    public void Every_fault_is_told_at_once_with_its_place()
    {
        var faults = Faults("""
            pipeline {
                agnet any
                stages {
                    stage('a') { stepz { echo 'x' } }
                    stage('a') { steps { } }
                }
            }
            """);

        Assert.Equal(
            [
                "1:1 Missing required section \"agent\". Say where the pipeline runs: agent any, agent none, or agent { label 'x' }.",
                "2:5 Undefined section \"agnet\". Did you mean \"agent\"?",
                "4:9 Expected one of \"steps\", \"stages\", or \"parallel\" for stage \"a\"",
                "4:22 Unknown stage section \"stepz\". Starting with version 0.5, steps in a stage must be in a ‘steps’ block. Did you mean \"steps\"?",
                "5:15 Duplicate stage name: \"a\"",
                "5:22 No steps specified for branch",
            ],
            faults);
    }

    [Theory]
    [InlineData("node { pipeline { agent any; STEPS } }", "1:8 pipeline block must be at the top-level, not within another block")]
    [InlineData("pipeline { agent any; agent none; STEPS }", "1:23 Multiple occurrences of the agent section")]
    [InlineData("pipeline { agent; STEPS }", "1:12 Not a valid section definition: \"agent\". Some extra configuration is required.")]
    [InlineData("pipeline { agent any; stages 'x' }", "1:23 Expected a block for stages")]
    [InlineData("pipeline { agent any; stages { } }", "1:23 No stages specified")]
    [InlineData("pipeline { agent any; stages { stage { steps { echo 'x' } } } }", "1:32 Expected a stage name but didn't find any. Write stage('name') { … }.")]
    [InlineData("pipeline { agent any; stages { stage(\"${x}\") { steps { echo 'x' } } } }", "1:38 Expected string literal for the stage's name: it is fixed before the pipeline runs")]
    [InlineData("pipeline { agent any; stages { stage('a') { failFast true; steps { echo 'x' } } } }", "1:45 \"failFast\" is only allowed in a stage with \"parallel\" or \"matrix\", and stage \"a\" has neither")]
    [InlineData("pipeline { agent { label }; STEPS }", "1:20 Missing required parameter for agent type \"label\": label")]
    [InlineData("pipeline { agent { lable 'x' }; STEPS }", "1:20 Invalid agent type \"lable\" specified. Must be one of [any, docker, dockerfile, kubernetes, label, node, none]. Did you mean \"label\"?")]
    [InlineData("pipeline { agent { node { label 'x'; workspace 'y' } }; STEPS }", "1:38 Invalid config option \"workspace\" for agent type \"node\". Valid config options are [label, customWorkspace, retries]")]
    [InlineData("pipeline { agent { node { customWorkspace 'y' } }; STEPS }", "1:20 Missing required parameter for agent type \"node\": label")]
    [InlineData("pipeline { agent { docker 'x' }; STEPS }", "1:12 The agent type \"docker\" is not supported by this version. Run the step's container through a pod template, or call docker in sh.")]
    [InlineData("pipeline { agent any; stages { stage('a') { when { changeset caseSensitive: true }; steps { echo 'x' } } } }", "1:52 Missing required parameter: \"pattern\"")]
    public void A_wrong_structure_is_refused_with_its_place(string script, string fault)
    {
        var faults = Faults(script);

        Assert.Contains(fault, faults);
    }

    [Theory]
    [InlineData("pipeline { agent any; stages { stage('a') { steps { echo 'x' } post { always { echo 'y' } } } } }", "1:64", "post", "steps")]
    [InlineData("pipeline { agent any stages { stage('a') { steps { echo 'x' } } } }", "1:22", "stages", "agent")]
    [InlineData("pipeline { agent any; stages { stage('a') { steps { echo 'x' } } stage('b') { steps { echo 'y' } } } }", "1:66", "stage", "stage")]
    [InlineData("pipeline { agent any; stages { stage('a') { steps { echo 'x' } } }\npost { always { echo 'x' } failure { echo 'y' } } }", "2:28", "failure", "always")]
    [InlineData("pipeline { agent { label 'x' } options { timestamps() }\nstages { stage('a') { steps { echo 'x' } } } }", "1:32", "options", "agent")]
    public void Sections_that_share_a_line_are_told_as_such_and_nothing_else_is(string script, string place, string name, string before)
    {
        Assert.Equal([$"{place} \"{name}\" stands on the same line as \"{before}\", which makes one statement of the two. Put each section on its own line."], Faults(script));
    }

    [Theory]
    [InlineData("x - 'y'", "Environment variable values can only be joined together with ‘+’s.")]
    [InlineData("params.X", "Environment variable values must either be single quoted, double quoted, or function calls. Wrap other expressions into a string: \"${…}\".")]
    [InlineData("1 + 'y'", "Environment variable values to be concatenated together must be single or double quoted.")]
    [InlineData("99999999999999999999", "BigIntegers cannot be used as constants in Declarative. The maximum value for an integer is 9,223,372,036,854,775,807 and the minimum value for an integer is -9,223,372,036,854,775,808.")]
    public void Environment_takes_strings_and_calls(string value, string fault)
    {
        Assert.Equal([fault], Check($"pipeline {{ agent any; environment {{ A = {value} }}; STEPS }}").Select(d => d.Message));
    }

    [Theory]
    [InlineData("options { timout(5) }", "Did you mean \"timeout\"?")]
    [InlineData("options { timeout(time: 'x') }", "Expecting \"int\" for parameter \"time\" but got \"x\" of type class java.lang.String instead")]
    [InlineData("options { timeout(tiem: 5) }", "Invalid parameter \"tiem\", did you mean \"time\"?")]
    [InlineData("options { timeout(time: 5, unit: 'WEEKS') }", "Invalid value \"WEEKS\" for parameter \"unit\". Valid values are [NANOSECONDS, MICROSECONDS, MILLISECONDS, SECONDS, MINUTES, HOURS, DAYS]")]
    [InlineData("options { retry() }", "\"retry\" should have 1 arguments but has 0 arguments instead.")]
    [InlineData("options { buildDiscarder(logRotator(numToKeepStr: 5)) }", "Expecting \"class java.lang.String\" for parameter \"numToKeepStr\" but got \"5\" of type class java.lang.Integer instead")]
    [InlineData("options { preserveStashes(buildCount: 51) }", "The number of builds to preserve must be between 1 and 50.")]
    [InlineData("options { rateLimitBuilds(throttle: [count: 1]) }", "The option \"rateLimitBuilds\" is not supported by this version. Remove it.")]
    [InlineData("parameters { string(defaultValue: 'x') }", "Missing required parameter: \"name\"")]
    [InlineData("parameters { string(name: 'A'); string(name: 'A') }", "Duplicate build parameter name: \"A\"")]
    [InlineData("parameters { strin(name: 'A') }", "Did you mean \"string\"?")]
    [InlineData("tools { }", "No tools specified")]
    [InlineData("libraries { lib('x') }", "A shared library is not supported by this version.")]
    public void Directives_are_checked_with_their_arguments(string directive, string fault)
    {
        var faults = Faults($"pipeline {{ agent any; {directive}; STEPS }}");

        Assert.Contains(faults, f => f.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("when { branchh 'x' }", "Unknown conditional branchh.")]
    [InlineData("when { not { branch 'x'; branch 'y' } }", "Nested when condition \"not\" requires exactly 1 child condition(s).")]
    [InlineData("when { beforeAgent 'yes'; branch 'x' }", "Expected a boolean with beforeAgent")]
    [InlineData("when { equals expected: 1 }", "Missing required parameter: \"actual\"")]
    [InlineData("when { branch pattern: 'x', comparator: 'LIKE' }", "Valid values are [GLOB, REGEXP, EQUALS]")]
    [InlineData("when { env.X == 'y' }", "Expected a when condition. Groovy code belongs into expression { … }.")]
    [InlineData("post { allways { echo 'x' } }", "Did you mean \"always\"?")]
    public void Conditions_are_checked_with_their_arguments(string section, string fault)
    {
        var faults = Faults($"pipeline {{ agent any; stages {{ stage('a') {{ {section}; steps {{ echo 'x' }} }} }} }}");

        Assert.Contains(faults, f => f.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("if (x) { echo 'y' }", "Expected a step. Statements other than steps belong into a script { … } block.")]
    [InlineData("def x = 1", "Expected a step. Statements other than steps belong into a script { … } block.")]
    [InlineData("foo.bar()", "Method calls on objects not allowed outside \"script\" blocks.")]
    [InlineData("dir('x') { y = 1 }", "Expected a step. Statements other than steps belong into a script { … } block.")]
    [InlineData("parallel(a: 'x')", "Expected closure or failFast")]
    public void A_block_of_steps_holds_steps(string code, string fault)
    {
        Assert.Equal([fault], Check($"pipeline {{ agent any; stages {{ stage('a') {{ steps {{ {code} }} }} }} }}").Select(d => d.Message));
    }

    [Fact]
    public void A_pipeline_in_a_method_is_checked_too()
    {
        Assert.Equal(["Missing required section \"stages\". Put the pipeline's stages into stages { stage('…') { steps { … } } }."], Check("def call() {\n  pipeline { agent any }\n}\ncall()").Select(d => d.Message));
    }

    [Fact]
    public void A_scripted_pipeline_has_no_Declarative_faults()
    {
        Assert.Empty(Check("node { stage('x') { def y = 1; if (y) { echo 'y' } } }"));
    }

    [Fact]
    public void Faults_are_printed_as_Jenkins_prints_them()
    {
        var text = CompilationErrors.Render(Check("pipeline {\n    agent foo\n    STEPS\n}"));

        Assert.Equal(
            "org.codehaus.groovy.control.MultipleCompilationErrorsException: startup failed:\n"
            + "WorkflowScript: 2: Only \"agent none\", \"agent any\" or \"agent {...}\" are allowed. @ line 2, column 5.\n"
            + "       agent foo\n"
            + "       ^\n\n"
            + "1 error\n",
            text);
    }

    [Fact]
    public void A_trigger_is_accepted_with_a_warning_that_it_starts_nothing()
    {
        var warning = Assert.Single(Check("pipeline { agent any; triggers { cron('@daily') }; STEPS }"));

        Assert.Equal(DiagnosticSeverity.Warning, warning.Severity);
    }
}
