using System.Diagnostics;
using System.Text;

namespace Slipway.Groovy.Tests.Parsing;

/// <summary>
/// Holds our cases, and what our parser makes of real scripts, against Groovy 2.4 itself (Debian's package <c>groovy</c>). Where it is not installed the
/// tests are skipped: the trees that the cases expect were checked by them.
/// </summary>
public sealed class GroovyOracleTests
{
    // Groovy drops an import that comes twice; which of two wins is no matter of syntax.
    private static readonly HashSet<string> RepeatedImports = ["libraryObjectDefinedOutsidePipeline.groovy", "libraryObjectInScript.groovy"];

    [Fact]
    public async Task Groovy_makes_the_same_tree_of_every_case()
    {
        Assert.SkipUnless(IsInstalled, "Debian's package 'groovy' is not installed.");
        var cases = ParseCase.All().Where(c => c.File != "differences").ToList();
        var theirs = await RunAsync(cases.Select(c => c.Text));
        var wrong = cases.Zip(theirs)
            .Where(x => x.First.ExpectsError ? x.Second.IsTree : !x.Second.IsTree || x.Second.Text != x.First.Expected)
            .Select(x => $"{x.First}\n  expected {x.First.Expected}\n  Groovy   {x.Second.Text}");
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Groovy_makes_the_same_tree_of_every_real_script()
    {
        Assert.SkipUnless(IsInstalled, "Debian's package 'groovy' is not installed.");
        Assert.SkipWhen(Corpus.Root is null, Corpus.AbsentReason);
        var files = Corpus.Scripts.Where(f => !RepeatedImports.Contains(Path.GetFileName(f))).ToList();
        var texts = files.ConvertAll(File.ReadAllText);
        var theirs = await RunAsync(texts);
        var wrong = files.Zip(texts.Select(ParseCaseTests.Outcome), theirs)
            .Where(x => x.Third.IsTree ? x.Second != x.Third.Text : !x.Second.StartsWith("error", StringComparison.Ordinal))
            .Select(x => x.First);
        Assert.Empty(wrong);
    }

    private static bool IsInstalled => File.Exists("/usr/bin/groovy") && JavaHome is not null;

    private static string? JavaHome { get; } = Environment.GetEnvironmentVariable("JAVA_HOME")
        ?? (Directory.Exists("/usr/lib/jvm") ? Directory.EnumerateDirectories("/usr/lib/jvm").Order(StringComparer.Ordinal).FirstOrDefault(d => File.Exists(Path.Combine(d, "bin", "java"))) : null);

    private static async Task<List<(bool IsTree, string Text)>> RunAsync(IEnumerable<string> scripts)
    {
        var folder = Directory.CreateTempSubdirectory("groovy-oracle");
        try
        {
            var (input, output) = (Path.Combine(folder.FullName, "in"), Path.Combine(folder.FullName, "out"));
            await File.WriteAllTextAsync(input, string.Join('\0', scripts), new UTF8Encoding(false), TestContext.Current.CancellationToken);
            var start = new ProcessStartInfo("/usr/bin/groovy") { RedirectStandardError = true, RedirectStandardOutput = true };
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Parsing", "Oracle", "GroovyTree.groovy"));
            start.ArgumentList.Add(input);
            start.ArgumentList.Add(output);
            start.Environment["JAVA_HOME"] = JavaHome;
            using var groovy = Process.Start(start)!;
            var errors = groovy.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await groovy.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await groovy.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(groovy.ExitCode == 0, await errors);
            var lines = await File.ReadAllLinesAsync(output, TestContext.Current.CancellationToken);
            return [.. lines.Select(line => line.Split('\t', 2)).Select(line => (line[0] == "ok", line[1]))];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
