using System.Text.Json;
using Slipway.Jenkinsfile.Execution;
using Slipway.Model;
using Slipway.Model.Events;

namespace Slipway.Testing;

/// <summary>A journal and a log in memory. Records go through their JSON, as they do in a store, so what does not survive that is seen.</summary>
/// <param name="now">The time that records get.</param>
public sealed class InMemoryRecorder(Func<DateTimeOffset> now) : IRunRecorder
{
    private readonly List<JournalEntry> _entries = [];
    private readonly SortedDictionary<long, string> _log = [];

    public IReadOnlyList<JournalEntry> Entries => _entries;

    public IEnumerable<RunEvent> Events => _entries.Select(e => e.Event);

    /// <summary>The console, each line once.</summary>
    public string Log => string.Concat(_log.Values);

    /// <summary>Called with each append before it happens; what it throws is the store's failure.</summary>
    public Action<IReadOnlyList<RunEvent>>? Appending { get; set; }

    /// <summary>A recorder that holds what another one had after so many records, as a restart finds it. The log may be ahead of the journal: it is kept whole.</summary>
    public static InMemoryRecorder After(InMemoryRecorder other, int records, Func<DateTimeOffset> now)
    {
        var recorder = new InMemoryRecorder(now);
        recorder._entries.AddRange(other._entries.Take(records));
        return recorder;
    }

    public Task AppendAsync(IReadOnlyList<RunEvent> events)
    {
        Appending?.Invoke(events);
        foreach (var record in events)
        {
            var json = JsonSerializer.Serialize(record, ModelJson.Default.RunEvent);
            _entries.Add(new JournalEntry(_entries.Count + 1, now(), JsonSerializer.Deserialize(json, ModelJson.Default.RunEvent)!));
        }

        return Task.CompletedTask;
    }

    public void WriteLog(long line, int flowNode, string text)
    {
        if (!text.EndsWith('\n'))
        {
            throw new InvalidOperationException($"Line {line} of the log is not complete: '{text}'.");
        }

        if (_log.TryGetValue(line, out var before) && before != text)
        {
            throw new InvalidOperationException($"Line {line} of the log was '{before}' and is now '{text}': a replay did not write the same lines.");
        }

        _log[line] = text;
    }
}
