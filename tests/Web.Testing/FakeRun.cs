using System.Text;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Testing;

/// <summary>A run that a test drives by hand: stages begin and end, steps write, when the test says so. Everything is told to the feed at once.</summary>
public sealed class FakeRun(FakeFeeds feeds, RunId id, FakeJob job, int number, DateTimeOffset queued)
{
    private readonly Lock _lock = new();
    private readonly List<FlowNodeView> _nodes = [];
    private readonly List<LogLine> _lines = [];
    private readonly List<ArtifactView> _artifacts = [];
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _size;
    private Func<long, string>? _generate;
    private long _generated;

    public RunId Id => id;

    public FakeJob Job => job;

    public int Number => number;

    public RunState State { get; private set; } = RunState.Queued;

    public RunResult? Result { get; set; }

    public DateTimeOffset Queued { get; } = queued;

    public DateTimeOffset Started { get; set; } = queued;

    public DateTimeOffset? Ended { get; set; }

    public TimeSpan? Estimate { get; set; }

    public string? DisplayName { get; set; }

    public string? Description { get; set; }

    public bool IsKept { get; set; }

    public string? Waiting { get; set; }

    public string? Error { get; set; }

    public bool ErrorIsInfrastructure { get; set; }

    public ScmView? Scm { get; set; }

    public List<RunCause> Causes { get; } = [];

    public List<ParameterValue> Parameters { get; } = [];

    public List<TestSuiteView> Tests { get; } = [];

    public List<string> BuiltOn { get; } = [];

    /// <summary>Completes when someone asks to stop.</summary>
    public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeRun Start(DateTimeOffset? at = null)
    {
        State = RunState.Running;
        Started = at ?? feeds.Now;
        Changed();
        return this;
    }

    public int Node(FlowNodeKind kind, string function, string? name = null, string? detail = null, int? parent = null, DateTimeOffset? at = null, FlowNodeStatus? status = null, string? reason = null)
    {
        int node;
        lock (_lock)
        {
            node = _nodes.Count + 2;
            var begun = at ?? feeds.Now;
            _nodes.Add(new FlowNodeView(node, parent, kind, function, name, detail, begun, status is null ? null : begun, status, reason, null, 0));
        }

        Changed();
        return node;
    }

    public int Stage(string name, int? parent = null, DateTimeOffset? at = null) => Node(FlowNodeKind.Stage, "stage", name, null, parent, at);

    public int Step(int? parent, string function, string? detail = null, DateTimeOffset? at = null) => Node(FlowNodeKind.Step, function, null, detail, parent, at);

    public void Wait(int node, string? why)
    {
        Replace(node, n => n with { Waiting = why });
        Changed();
    }

    public void End(int node, FlowNodeStatus status = FlowNodeStatus.Success, string? reason = null, DateTimeOffset? at = null)
    {
        Replace(node, n => n with { Status = status, Ended = at ?? feeds.Now, Reason = reason, Waiting = null });
        Changed();
    }

    public void Finish(RunResult result, DateTimeOffset? at = null)
    {
        var now = at ?? feeds.Now;
        lock (_lock)
        {
            for (var i = 0; i < _nodes.Count; i++)
            {
                if (_nodes[i].Ended is null)
                {
                    _nodes[i] = _nodes[i] with
                    {
                        Ended = now,
                        Status = result == RunResult.Success ? FlowNodeStatus.Success : result == RunResult.Aborted ? FlowNodeStatus.Aborted : FlowNodeStatus.Failure,
                    };
                }
            }
        }

        State = RunState.Finished;
        Result = result;
        Ended = now;
        Waiting = null;
        Grown();
        Changed();
    }

    /// <summary>Writes whole lines.</summary>
    public void Write(int? node, string text, DateTimeOffset? at = null)
    {
        lock (_lock)
        {
            foreach (var line in text.TrimEnd('\n').Split('\n'))
            {
                _lines.Add(new LogLine(_lines.Count + 1, _size, line, 0, node, at ?? feeds.Now));
                var length = Encoding.UTF8.GetByteCount(line) + 1;
                _size += length;
                if (node is { } id)
                {
                    var index = id - 2;
                    _nodes[index] = _nodes[index] with { LogSize = _nodes[index].LogSize + length };
                }
            }
        }

        Grown();
    }

    /// <summary>A log of any length that exists only where it is read.</summary>
    public void WriteGenerated(long lines, Func<long, string> generate)
    {
        _generated = lines;
        _generate = generate;
        _size = lines * 100;
        Grown();
    }

    public void Archive(string path, long size) => _artifacts.Add(new ArtifactView(path, size));

    public void Changed() => feeds.Changes.Publish(new Change.OfRun(id, job.Path, number));

    public RunView View()
    {
        var cases = Tests.SelectMany(t => t.Cases).ToList();
        return new RunView(
            id,
            job.Id,
            job.Path,
            number,
            State,
            Result,
            DisplayName ?? $"#{number}",
            Description,
            Queued,
            Started,
            Ended,
            Estimate,
            IsKept,
            Waiting,
            cases.Count == 0
                ? null
                : new TestSummary(cases.Count, cases.Count(c => c.Status == TestStatus.Failed), cases.Count(c => c.Status == TestStatus.Skipped), TimeSpan.FromSeconds(cases.Sum(c => c.Duration.TotalSeconds))));
    }

    public RunDetailView Detail()
    {
        lock (_lock)
        {
            return new RunDetailView(View(), [.. Causes], [.. Parameters], [.. _nodes], [.. _artifacts], Error, ErrorIsInfrastructure, _size, null, Scm, [.. BuiltOn]);
        }
    }

    public LogLines ReadLines(int? node, long first, int count)
    {
        lock (_lock)
        {
            var more = State != RunState.Finished && (node is not { } id || _nodes[id - 2].Ended is null);
            if (_generate is { } generate && node is null)
            {
                first = first < 0 ? Math.Max(1, _generated + 1 + first) : first;
                var taken = Enumerable.Range(0, (int)Math.Max(0, Math.Min(count, _generated - first + 1))).Select(i => Generated(generate, first + i)).ToList();
                return new LogLines(first, taken, _generated, _size, more);
            }

            var lines = node is null ? _lines : [.. _lines.Where(l => l.Node == node).Select((l, at) => l with { Number = at + 1 })];
            first = first < 0 ? Math.Max(1, lines.Count + 1 + first) : first;
            return new LogLines(first, [.. lines.Skip((int)first - 1).Take(count)], lines.Count, lines.Sum(l => (long)Encoding.UTF8.GetByteCount(l.Text) + 1), more);
        }
    }

    public LogSlice ReadBytes(int? node, long offset, int count)
    {
        var text = new StringBuilder();
        foreach (var line in ReadLines(node, 1, int.MaxValue / 2).Lines.Take(200_000))
        {
            text.Append(line.Text).Append('\n');
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        var from = (int)Math.Min(offset, bytes.Length);
        var slice = bytes.AsMemory(from, Math.Min(count, bytes.Length - from));
        return new LogSlice(from, slice, from + slice.Length, State != RunState.Finished);
    }

    public IEnumerable<LogMatch> Search(int? node, string text)
    {
        if (_generate is { } generate && node is null)
        {
            for (var number = 1L; number <= _generated; number++)
            {
                var line = generate(number);
                if (line.Contains(text, StringComparison.OrdinalIgnoreCase))
                {
                    yield return new LogMatch(number, (number - 1) * 100, line);
                }
            }

            yield break;
        }

        foreach (var line in ReadLines(node, 1, int.MaxValue / 2).Lines.Where(l => l.Text.Contains(text, StringComparison.OrdinalIgnoreCase)))
        {
            yield return new LogMatch(line.Number, line.Offset, line.Text);
        }
    }

    public async Task<bool> WaitForLogAsync(long offset, CancellationToken cancellation)
    {
        while (true)
        {
            Task wait;
            lock (_lock)
            {
                if (_size > offset || State == RunState.Finished)
                {
                    return State != RunState.Finished;
                }

                wait = _grown.Task;
            }

            await wait.WaitAsync(cancellation);
        }
    }

    private LogLine Generated(Func<long, string> generate, long number) => new(number, (number - 1) * 100, generate(number), 0, null, Started.AddMilliseconds(number));

    private void Replace(int node, Func<FlowNodeView, FlowNodeView> with)
    {
        lock (_lock)
        {
            _nodes[node - 2] = with(_nodes[node - 2]);
        }
    }

    private void Grown()
    {
        TaskCompletionSource grown;
        lock (_lock)
        {
            grown = _grown;
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        grown.SetResult();
    }
}
