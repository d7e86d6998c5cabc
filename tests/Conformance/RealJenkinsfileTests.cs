using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Lint;

namespace Slipway.Conformance;

/// <summary>Jenkinsfiles that people run: the linter may refuse what is not offered yet, but must not find faults that are none.</summary>
public sealed class RealJenkinsfileTests
{
    public static TheoryData<string> Files { get; } = Directory is null ? [""] : [.. System.IO.Directory.GetFiles(Directory, "*.groovy").Select(f => Path.GetFileName(f)).Order()];

    /// <summary>Files that Jenkins refuses too, or runs only with a plugin that is not built in.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["238.groovy"] = "DCL006", // alwaysPull without a value
        ["295.groovy"] = "DCL041", // the agent type of a cloud plugin
    };

    /// <summary>Not offered yet: a feature of Declarative, and steps of plugins or of libraries that the server configures.</summary>
    private static readonly string[] NotOffered = ["DCL084", "DCL190"];

    private static string? Directory => Corpus.Instance is { } corpus ? Path.Combine(corpus.Directory, "..", "jenkinsfiles") : null;

    [Theory]
    [MemberData(nameof(Files))]
    public void A_real_Jenkinsfile_has_no_fault_but_what_is_not_offered_yet(string file)
    {
        Assert.SkipWhen(Directory is null, Corpus.Absent);
        var diagnostics = PipelineLinter.Check(new SourceText(file, File.ReadAllText(Path.Combine(Directory!, file))));

        Assert.Empty(diagnostics.Where(d => !NotOffered.Contains(d.Code) && d.Code != Refused.GetValueOrDefault(file)).Select(d => d.Code + " " + d.Render()));
    }
}
