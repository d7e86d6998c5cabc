namespace Slipway.Cli.Tests.Commands;

public sealed class LintCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-lint-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_good_file_is_fine()
    {
        Write("Jenkinsfile", "pipeline { agent any; stages { stage('A') { steps { echo 'hi' } } } }");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "lint");

        Assert.Equal("Jenkinsfile: fine\n", output);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Every_fault_is_printed_with_its_place_the_line_and_a_caret()
    {
        Write("Jenkinsfile", "pipeline {\n  agent any\n  stages {\n    stage('A') {\n      steps {\n        ech 'hi'\n        sh script: 'x', returnStdot: true\n      }\n    }\n  }\n}\n");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "lint", "Jenkinsfile");

        Assert.Contains("Jenkinsfile:6:9: error: ", output, StringComparison.Ordinal);
        Assert.Contains("  " + "        ech 'hi'\n  " + "        ^\n", output, StringComparison.Ordinal);
        Assert.Contains("Jenkinsfile:7:25: error: ", output, StringComparison.Ordinal);
        Assert.Contains("Jenkinsfile: 2 errors\n", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_wrong_usage()
    {
        var (exitCode, _, errors) = await SlipwayProgram.RunAsync(_directory, "lint", "gone");

        Assert.Contains("gone cannot be read", errors, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public async Task An_unknown_command_is_wrong_usage()
    {
        Assert.Equal(2, (await SlipwayProgram.RunAsync(_directory, "frobnicate")).ExitCode);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory, name), text);
}
