namespace Slipway.Cli.Tests.Commands;

public sealed class ConfigCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-config-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Every_fault_is_printed_with_its_place()
    {
        Write("clouds.yaml", "jenkins:\n  clouds:\n  - kubernetes:\n      name: k\n      containerCap: many\n      nonsense: 1\n");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "config", "check", "clouds.yaml", "--without-secrets");

        Assert.Contains("clouds.yaml:5:21: jenkins.clouds[0].kubernetes.containerCap: ", output, StringComparison.Ordinal);
        Assert.Contains("clouds.yaml:6:7: jenkins.clouds[0].kubernetes.nonsense: ", output, StringComparison.Ordinal);
        Assert.Contains("2 errors", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task A_good_directory_is_fine_and_says_what_is_left_alone()
    {
        Write("conf/clouds.yaml", "jenkins:\n  clouds:\n  - kubernetes:\n      serverUrl: https://k\n      credentialsId: ${NOBODY}\nunclassified: {}\n");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "config", "check", "--without-secrets", "conf");

        Assert.Contains("leaves these keys alone: unclassified", output, StringComparison.Ordinal);
        Assert.EndsWith("fine\n", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task A_secret_that_is_not_there_is_a_fault()
    {
        Write("clouds.yaml", "jenkins:\n  clouds:\n  - kubernetes: {serverUrl: 'https://k', namespace: '${SLIPWAY_TESTS_NOBODY}'}\n");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "config", "check", "clouds.yaml");

        Assert.Contains("${SLIPWAY_TESTS_NOBODY} stands for nothing", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    private void Write(string name, string text)
    {
        var file = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
