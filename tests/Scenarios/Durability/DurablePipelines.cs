namespace Slipway.Scenarios.Durability;

/// <summary>Pipelines whose every step leaves a mark outside, so that a step that ran twice, or a line that was lost or doubled, is seen.</summary>
internal static class DurablePipelines
{
    public const int LinesPerStep = 12;

    /// <summary>The marks that a complete run leaves, in no particular order.</summary>
    public static IReadOnlyList<string> Marks(string kind) => kind switch
    {
        "declarative" => ["a", "b", "c", "post"],
        "scripted" => ["one", "two", "three", "finally"],
        "parallel" => ["left-1", "left-2", "right-1", "right-2", "end"],
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static string Script(string kind, string marks) => kind switch
    {
        "declarative" => $$"""
            pipeline {
              agent any
              stages {
                stage('A') { steps { {{Step("a", marks)}} } }
                stage('B') { steps { script { def text = sh(script: 'printf kept', returnStdout: true); echo "text is ${text}" }
                                   {{Step("b", marks)}} } }
                stage('C') { steps { {{Step("c", marks)}} } }
              }
              post { always { {{Step("post", marks)}} } }
            }
            """,
        "scripted" => $$"""
            def names = ['one', 'two', 'three']
            node {
              try {
                names.eachWithIndex { name, index ->
                  stage("Stage ${index}") {
                    sh "echo ${name} >> '{{marks}}'; for i in \$(seq {{LinesPerStep}}); do echo line-${name}-\$i; sleep 0.03; done"
                  }
                }
                retry(2) { echo 'tried' }
              } finally {
                {{Step("finally", marks)}}
              }
            }
            """,
        "parallel" => $$"""
            parallel(
              left: { node { {{Step("left-1", marks)}}
                             {{Step("left-2", marks)}} } },
              right: { node { {{Step("right-1", marks)}}
                              {{Step("right-2", marks)}} } },
              failFast: true)
            node { {{Step("end", marks)}} }
            """,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static string Step(string name, string marks) => $$"""sh '''echo {{name}} >> '{{marks}}'; for i in $(seq {{LinesPerStep}}); do echo line-{{name}}-$i; sleep 0.03; done'''""";
}
