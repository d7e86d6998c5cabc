namespace Slipway.Configuration.Tests;

/// <summary>Configuration of others, read where it lies; where it is absent the tests say so and skip.</summary>
public sealed class ReferenceFilesTests : IDisposable
{
    private static readonly string? Shared = FindShared();

    private readonly ConfigurationDirectory _directory = new() { InCluster = ConfigurationDirectory.Pod };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_cloud_as_KubeSphere_configures_it_loads_as_it_stands()
    {
        var file = FileOrSkip("seeds/files/casc-kubernetes-cloud.yaml");

        var result = _directory.Read(file);

        Assert.Empty(result.Faults);
        var cloud = Assert.Single(result.Clouds);
        Assert.Equal(("kubernetes", 200, 60d), (cloud.Settings.Name, cloud.Settings.ContainerCap!.Value, cloud.Connection.ReadTimeout.TotalSeconds));
        Assert.Equal("base", Assert.Single(cloud.Settings.Templates).Name);
        Assert.Equal(["jenkins.disableRememberMe", "jenkins.mode", "jenkins.numExecutors", "jenkins.scmCheckoutRetryCount"], result.NotApplied);
    }

    [Fact]
    public void Every_reference_configuration_loads_as_far_as_clouds_go()
    {
        var directory = Path.GetDirectoryName(FileOrSkip("corpus/jcasc/index.json"))!;
        string[] wrongOnPurpose = ["invalid", "malformed", "unknown", "conflict", "bad_", "ambiguous"];
        _directory.Environment["remote-cloud-token"] = "abc";
        _directory.Environment["VALUE_1"] = "one";
        _directory.Environment["VALUE_2"] = "two";
        var clouds = 0;
        foreach (var file in Directory.EnumerateFiles(directory, "*.yaml").Where(file => !wrongOnPurpose.Any(word => Path.GetFileName(file).Contains(word, StringComparison.OrdinalIgnoreCase))))
        {
            var result = _directory.Read(file);

            // A chart's second cloud has its token in a secret of that chart's user.
            Assert.DoesNotContain(result.Faults, fault => !fault.Message.Contains("remote-cloud-token", StringComparison.Ordinal));
            clouds += result.Clouds.Count;
        }

        Assert.True(clouds > 15, $"Only {clouds} clouds were found.");
    }

    private static string FileOrSkip(string file)
    {
        Assert.SkipWhen(Shared is null || !File.Exists(Path.Combine(Shared, file)), $"{file} is not there: put it below ../shared beside the checkout.");
        return Path.Combine(Shared!, file);
    }

    private static string? FindShared()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (Directory.Exists(Path.Combine(at.FullName, "shared", "corpus")))
            {
                return Path.Combine(at.FullName, "shared");
            }
        }

        return Environment.GetEnvironmentVariable("SLIPWAY_CORPUS") is { Length: > 0 } corpus ? Path.GetDirectoryName(corpus.TrimEnd('/')) : null;
    }
}
