using System.Text;
using Slipway.Model.Events;
using Slipway.Store.Logs;

namespace Slipway.Store.Contract;

/// <summary>The process is killed at random moments; what was confirmed is there, and things go on.</summary>
public abstract class KillContract : StoreTest
{
    private const int Rounds = 6;
    private readonly Random _random = new();

    [Fact]
    public async Task Journals_hold_whatever_was_confirmed_when_the_process_is_killed()
    {
        await MakeJobAsync();
        for (var round = 0; round < Rounds; round++)
        {
            await CloseAsync();
            var printed = await Victim.RunAndKillAsync(Victim.Journal, Directory, _random.Next(5, 400));
            await ReopenAsync();

            foreach (var run in printed.GroupBy(p => p.Who))
            {
                var entries = await Store.Journal.ReadAsync(new(run.Key)).ToListAsync();
                Assert.True(entries.Count >= run.Max(p => p.HowFar), $"{run.Max(p => p.HowFar)} records of run {run.Key} were confirmed, {entries.Count} are there");
                Assert.Equal(Enumerable.Range(1, entries.Count).Select(i => (long)i), entries.Select(e => e.Sequence));
                AssertNoneIsHalf(entries);
            }

            Assert.Equal(printed.Select(p => p.Who).Distinct().Count(), (await Store.Runs.ListRecentAsync(null, 4)).Count(r => printed.Any(p => p.Who == r.Id.Value)));
        }

        var all = await Store.Journal.ListUnfinishedAsync();
        Assert.Equal(all.Count, all.Select(r => r.Number).Distinct().Count());
        Assert.Single(await Store.Journal.AppendAsync(all[0].Id, [Make.Note("on")]));
    }

    // Each append writes one, two or three notes in turn; it is there whole or not at all.
    private static void AssertNoneIsHalf(List<JournalEntry> entries)
    {
        var at = 0;
        for (var i = 0; at < entries.Count; i++)
        {
            for (var n = 0; n < 1 + (i % 3); n++)
            {
                Assert.Equal(Make.Note($"{i} {n}"), entries[at++].Event);
            }
        }
    }

    [Fact]
    public async Task Logs_hold_whatever_was_confirmed_when_the_process_is_killed_and_nothing_twice()
    {
        for (var round = 0; round < Rounds; round++)
        {
            await CloseAsync();
            var printed = await Victim.RunAndKillAsync(Victim.Log, Directory, _random.Next(5, 400));
            await ReopenAsync();

            await using var log = await Store.Logs.OpenAsync(Victim.LogRun);
            foreach (var source in printed.GroupBy(p => p.Who))
            {
                var there = source.Key == 0 ? log.LastLine : log.ConfirmedOffset(source.Key);
                Assert.True(there >= source.Max(p => p.HowFar), $"{source.Max(p => p.HowFar)} of {source.Key} were confirmed, {there} are there");
            }

            foreach (var effect in (long[])[1, 2, 3, 4])
            {
                using var output = new MemoryStream();
                await Store.Logs.CopyAsync(Victim.LogRun, LogScope.Of((int)effect), 0, null, output);
                Assert.Equal(log.ConfirmedOffset(effect), output.Length);
                Assert.True(output.ToArray().AsSpan().SequenceEqual(Victim.OutputOf(effect, 0, (int)output.Length)), $"the output of effect {effect} is not what was sent");
            }

            using var lines = new MemoryStream();
            await Store.Logs.CopyAsync(Victim.LogRun, LogScope.Of(0), 0, null, lines);
            Assert.Equal(string.Concat(Enumerable.Range(1, (int)log.LastLine).Select(i => Victim.LineOf(i))), Encoding.UTF8.GetString(lines.ToArray()));
        }
    }
}
