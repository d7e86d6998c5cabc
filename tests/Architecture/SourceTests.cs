using System.Text.RegularExpressions;

namespace Slipway.Architecture;

public sealed class SourceTests
{
    private const int LongestFile = 900;

    [Fact]
    public void Nothing_in_the_product_is_unfinished_by_its_own_word()
    {
        AssertNoLine(Repository.Under("src", ".cs", ".razor", ".js", ".css", ".csproj"), new Regex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException"), "finish it, or refuse clearly what is not there");
    }

    [Fact]
    public void No_source_file_grows_past_the_limit()
    {
        var tooLong = Repository.Under("src", ".cs", ".razor", ".js", ".css")
            .Select(file => (File: file, Lines: Repository.ReadLines(file).Length))
            .Where(file => file.Lines > LongestFile);

        Assert.Empty(tooLong);
    }

    // Written in pieces, so that this file does not find itself.
    [Fact]
    public void No_file_mentions_a_path_of_one_machine()
    {
        var machinePath = new Regex("(?<![A-Za-z0-9_.}~-])/(?:" + "work|" + "farm)/|/Users" + "/[a-z]+/|C:" + @"\\Users\\");

        AssertNoLine(Repository.TextFiles, machinePath, "say it relative to the checkout, or by an environment variable");
    }

    // Tests wait for a condition; the clock of the machine proves nothing.
    [Fact]
    public void No_test_waits_by_the_clock()
    {
        AssertNoLine(Repository.Under("tests", ".cs"), new Regex(@"Thread\." + @"Sleep\("), "wait for the condition, with a limit");
    }

    [Fact]
    public void Decisions_are_numbered_once_each()
    {
        var twice = Repository.Under("docs/adr", ".md").GroupBy(file => Path.GetFileName(file)[..4]).Where(group => group.Count() > 1).Select(group => string.Join(" and ", group));

        Assert.Empty(twice);
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var broken = from file in Repository.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal))
                     from Match link in Regex.Matches(Repository.Read(file), @"\]\((?!https?:|mailto:|#)([^)#\s]+)")
                     let target = Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, link.Groups[1].Value))
                     where !File.Exists(target) && !Directory.Exists(target)
                     select $"{file} → {link.Groups[1].Value}";

        Assert.Empty(broken);
    }

    [Fact]
    public void Every_command_of_the_door_is_in_its_help()
    {
        var help = Repository.Read("eng/dev/help.sh");
        var silent = Repository.Under("eng/dev", ".sh").Select(Path.GetFileNameWithoutExtension).Where(verb => verb != "lib" && !Regex.IsMatch(help, $@"^for verb in .*\b{verb}\b", RegexOptions.Multiline));

        Assert.Empty(silent);
    }

    private static void AssertNoLine(IEnumerable<string> files, Regex pattern, string cure)
    {
        var found = files.SelectMany(file => Repository.ReadLines(file).Select((line, index) => (Place: $"{file}:{index + 1}", Line: line)).Where(line => pattern.IsMatch(line.Line))).ToList();

        Assert.True(found.Count == 0, $"{string.Join('\n', found.Select(line => $"{line.Place}: {line.Line.Trim()}"))}\n→ {cure}");
    }
}
