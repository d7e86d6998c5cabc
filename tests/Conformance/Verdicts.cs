namespace Slipway.Conformance;

internal static class Verdicts
{
    /// <summary>Holds an entry to its place: one that is not excluded has to pass, an excluded one has to fail.</summary>
    /// <param name="difference">Null where the entry behaved as expected.</param>
    public static void Expect(CorpusEntry entry, string? difference)
    {
        if (Exclusions.Instance.Of(entry) is not { } exclusion)
        {
            Assert.True(difference is null, $"{entry.Id}: {difference}");
        }
        else if (difference is null)
        {
            Assert.Fail($"{entry.Id} passes now: take it off exclusions-{(exclusion.IsPermanent ? "permanent" : "temporary")}.json (it was there because: {exclusion.Reason}).");
        }
        else
        {
            Assert.Skip($"{exclusion.Reason} ({FirstLine(difference)})");
        }
    }

    private static string FirstLine(string text)
    {
        const int longest = 160;
        var line = text.Split('\n')[0];
        return line.Length > longest ? line[..longest] + "…" : line;
    }
}
