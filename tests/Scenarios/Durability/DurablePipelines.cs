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
        "files" => ["built", "sent", "fetched"],
        "slow" => ["slow"],
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <param name="repository">What the kind "files" checks out; the others need none.</param>
    public static string Script(string kind, string marks, string repository = "") => kind switch
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
        "slow" => $$"""node { {{Step("slow", marks, pause: "0.3")}} }""",
        "files" => $$"""
            node {
              git url: '{{repository}}', branch: 'main'
              {{Step("built", marks)}}
              sh 'mkdir out && cp Jenkinsfile out/ && head -c 3000000 /dev/urandom > out/large'
              writeFile file: 'report.xml', text: '<testsuite name="suite"><testcase classname="a" name="one"/><testcase classname="a" name="two"/></testsuite>'
              archiveArtifacts 'out/*'
              junit 'report.xml'
              stash name: 'out', includes: 'out/*'
              {{Step("sent", marks)}}
            }
            node {
              unstash 'out'
              sh 'test $(wc -c < out/large) = 3000000'
              {{Step("fetched", marks)}}
            }
            """,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static string Step(string name, string marks, string pause = "0.03") => $$"""sh '''echo {{name}} >> '{{marks}}'; for i in $(seq {{LinesPerStep}}); do echo line-{{name}}-$i; sleep {{pause}}; done'''""";
}
