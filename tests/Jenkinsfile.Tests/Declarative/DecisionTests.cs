using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative;
using Slipway.Jenkinsfile.Declarative.Execution;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Lint;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Tests.Declarative;

/// <summary>What is decided without running anything.</summary>
public sealed class DecisionTests
{
    [Theory]
    [InlineData("EQUALS", "main", "main", true)]
    [InlineData("EQUALS", "Main", "main", false)]
    [InlineData("GLOB", "Main", "main", true)]
    [InlineData("GLOB", "release-*", "release-1.2", true)]
    [InlineData("GLOB", "release-*", "release-1/2", false)]
    [InlineData("GLOB", "release-?", "release-12", false)]
    [InlineData("GLOB", "feature/**", "feature/a/b", true)]
    [InlineData("GLOB", "feature/**", "feature", true)]
    [InlineData("GLOB", "**/fix", "a/b/fix", true)]
    [InlineData("GLOB", "**/fix", "fix", true)]
    [InlineData("GLOB", "a.b", "aXb", false)]
    [InlineData("REGEXP", "release-\\d+", "release-12", true)]
    [InlineData("REGEXP", "release-\\d+", "my-release-12", false)]
    [InlineData("REGEXP", "a|b", "ab", false)]
    public void Names_of_branches_are_compared_as_the_comparator_says(string comparator, string pattern, string actual, bool matches)
    {
        Assert.Equal(matches, Comparators.Matches(comparator, pattern, actual));
    }

    [Theory]
    [InlineData("always", RunResult.Failure, null, true)]
    [InlineData("cleanup", RunResult.Aborted, null, true)]
    [InlineData("changed", RunResult.Success, null, true)]
    [InlineData("changed", RunResult.Success, RunResult.Success, false)]
    [InlineData("changed", RunResult.Success, RunResult.Failure, true)]
    [InlineData("fixed", RunResult.Success, RunResult.Unstable, true)]
    [InlineData("fixed", RunResult.Success, null, false)]
    [InlineData("fixed", RunResult.Success, RunResult.Aborted, false)]
    [InlineData("fixed", RunResult.Unstable, RunResult.Failure, false)]
    [InlineData("regression", RunResult.Failure, null, false)]
    [InlineData("regression", RunResult.Failure, RunResult.Success, true)]
    [InlineData("regression", RunResult.Failure, RunResult.Unstable, true)]
    [InlineData("regression", RunResult.Failure, RunResult.Failure, false)]
    [InlineData("unsuccessful", RunResult.NotBuilt, null, true)]
    [InlineData("unsuccessful", RunResult.Success, null, false)]
    [InlineData("notBuilt", RunResult.NotBuilt, null, true)]
    [InlineData("failure", RunResult.Unstable, null, false)]
    public void Post_conditions_look_at_this_result_and_the_one_before(string condition, RunResult result, RunResult? previous, bool holds)
    {
        Assert.Equal(holds, PostConditions.Holds(condition, result, previous));
    }

    [Theory]
    [InlineData(RunResult.Failure, null, null, RunResult.Success)]
    [InlineData(RunResult.Failure, null, RunResult.Aborted, RunResult.Aborted)]
    [InlineData(RunResult.Unstable, null, null, RunResult.Unstable)]
    [InlineData(null, RunResult.Failure, null, RunResult.Failure)]
    [InlineData(RunResult.Unstable, null, RunResult.Failure, RunResult.Failure)]
    public void A_stage_does_not_fail_because_another_one_did(RunResult? run, RunResult? stage, RunResult? failure, RunResult expected)
    {
        Assert.Equal(expected, PostConditions.OfStage(run, stage, failure));
    }

    [Fact]
    public void Variables_are_evaluated_after_those_they_refer_to_and_a_circle_sees_what_is_outside()
    {
        var pipeline = Read("""
            pipeline {
                agent any
                environment {
                    D = "${env.C}"
                    C = "${A + B}"
                    B = "${A}"
                    A = 'a'
                    PATH = "/x:${PATH}"
                    X = "${Y}"
                    Y = f(X)
                }
                stages { stage('a') { steps { echo 'x' } } }
            }
            """);

        Assert.Equal(["A", "B", "C", "D", "PATH", "Y", "X"], EnvironmentOrder.Of(pipeline.Environment!).Select(v => v.Name));
    }

    [Fact]
    public void A_matrix_has_a_cell_for_each_combination_that_is_not_excluded()
    {
        var matrix = Read("""
            pipeline {
                agent any
                stages {
                    stage('m') {
                        matrix {
                            axes {
                                axis { name 'OS'; values 'linux', 'mac', 'windows' }
                                axis { name 'BROWSER'; values 'firefox', 'safari' }
                            }
                            excludes {
                                exclude { axis { name 'OS'; notValues 'mac' }; axis { name 'BROWSER'; values 'safari' } }
                            }
                            stages { stage('a') { steps { echo 'x' } } }
                        }
                    }
                }
            }
            """).Stages[0].Matrix!;

        Assert.Equal(
            [
                "Matrix - OS = 'linux', BROWSER = 'firefox'",
                "Matrix - OS = 'mac', BROWSER = 'firefox'",
                "Matrix - OS = 'windows', BROWSER = 'firefox'",
                "Matrix - OS = 'mac', BROWSER = 'safari'",
            ],
            MatrixCells.Of(matrix).Select(c => c.Name));
    }

    [Fact]
    public void The_model_keeps_the_places_of_what_it_was_read_from()
    {
        const string Script = "pipeline {\n    agent { label 'x' }\n    stages { stage('a') { steps { echo 'x' } } }\n}";
        var pipeline = Read(Script);

        Assert.Equal("label", Script[pipeline.Agent!.TypeSpan.Start..pipeline.Agent.TypeSpan.End]);
        Assert.Equal("'a'", Script[pipeline.Stages[0].NameSpan.Start..pipeline.Stages[0].NameSpan.End]);
        Assert.Equal(Script, Script[pipeline.Span.Start..pipeline.Span.End]);
    }

    [Fact]
    public void A_lowered_pipeline_is_one_call_with_a_closure_for_each_piece_of_code()
    {
        var script = PipelineLinter.Read(new SourceText("Jenkinsfile", """
            pipeline {
                agent { label "${x}" }
                environment { A = 'constant'; B = "${A}" }
                stages { stage('a') { when { expression { x } }; steps { echo 'x' } } }
                post { always { echo 'y' } }
            }
            """)).Declarative!;

        var lowered = LoweredScript.Of(script);

        var call = Assert.IsType<CallExpression>(Assert.IsType<ExpressionStatement>(Assert.Single(lowered.Script.Statements)).Expression);
        Assert.Equal(0, Assert.IsType<LiteralExpression>(call.Arguments[0].Value).Value);
        Assert.Equal(5, call.Arguments.Count - 1);
        Assert.All(call.Arguments.Skip(1), a => Assert.IsType<ClosureExpression>(a.Value));
        var pipeline = lowered.Pipelines[0];
        Assert.Null(pipeline.PieceOf(pipeline.Model.Environment!.Variables[0].Value));
        Assert.Equal(1, pipeline.PieceOf(pipeline.Model.Environment.Variables[1].Value));
    }

    private static DeclarativePipeline Read(string script)
    {
        var reading = PipelineLinter.Read(new SourceText("Jenkinsfile", script));
        Assert.Empty(reading.Diagnostics);
        return reading.Declarative!.Pipelines[0];
    }
}
