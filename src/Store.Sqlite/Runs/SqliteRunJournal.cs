using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Store.Journal;
using Slipway.Store.Logs.Files;
using Slipway.Store.Projections;
using Slipway.Store.Runs;
using Slipway.Store.Secrets;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Runs;

internal sealed class SqliteRunJournal : IRunJournal
{
    /// <summary>See <c>journal.place</c> in the schema.</summary>
    public const int SequenceBits = 24;

    private const long MostRecords = (1L << SequenceBits) - 1;
    private const int PageSize = 256;

    private readonly Database _database;
    private readonly SecretSealer _sealer;
    private readonly TimeProvider _time;

    // What the next append needs to know of each run that is going. Touched on the writer's thread alone.
    private readonly Dictionary<RunId, Head> _heads = [];

    public SqliteRunJournal(Database database, SecretSealer sealer, TimeProvider time)
    {
        _database = database;
        _sealer = sealer;
        _time = time;
        database.RolledBack += _heads.Clear;
    }

    private sealed record Head(long Sequence, RunProjection Row, bool IsSealed);

    public Task<IReadOnlyList<JournalEntry>> AppendAsync(RunId run, IReadOnlyList<RunEvent> events)
    {
        if (events.Count == 0)
        {
            return Task.FromResult<IReadOnlyList<JournalEntry>>([]);
        }

        for (var i = 0; i < events.Count - 1; i++)
        {
            if (events[i] is RunFinished)
            {
                return Task.FromException<IReadOnlyList<JournalEntry>>(new RunEndedException(run));
            }
        }

        // Written out here, on the caller's thread: the writer's is for all runs.
        var bytes = new byte[events.Count][];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = JsonSerializer.SerializeToUtf8Bytes(events[i], ModelJson.Default.RunEvent);
        }

        var time = Columns.Rounded(_time.GetUtcNow());
        return _database.WriteCheckedAsync(session => Append(session, run, events, bytes, time));
    }

    private IReadOnlyList<JournalEntry> Append(Session session, RunId run, IReadOnlyList<RunEvent> events, byte[][] bytes, DateTimeOffset time)
    {
        var head = HeadOf(session, run);
        if (head.Row.State == RunState.Finished)
        {
            throw new RunEndedException(run);
        }

        if (head.Sequence + events.Count > MostRecords)
        {
            throw new StoreFullException($"The journal of run {run} has {head.Sequence} records; it takes {MostRecords}. The pipeline loops over steps without end: stop the run.");
        }

        var entries = new JournalEntry[events.Count];
        var row = head.Row;
        var isSealed = head.IsSealed;
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = entries[i] = new JournalEntry(head.Sequence + 1 + i, time, events[i]);
            isSealed = isSealed || JournalSecrets.AreIn(entry.Event);
            var stored = isSealed ? _sealer.Seal(bytes[i], PurposeOf(run, entry.Sequence)) : bytes[i];
            session.Execute(
                "INSERT INTO journal (place, time, checksum, event) VALUES (?1, ?2, ?3, ?4)",
                PlaceOf(run, entry.Sequence), Columns.Of(time), Checksum(run, entry.Sequence, stored), stored);
            ProjectFlowNode(session, run, entry);
            if (entry.Event is EffectCompleted { Result: OperationEnded { Result: GitCheckedOut checkout } } completed)
            {
                ChangeRows.Add(session, run, completed.Effect, checkout);
            }

            row = row.Apply(entry);
        }

        if (!ReferenceEquals(row, head.Row))
        {
            WriteRow(session, run, row);
        }

        if (row.State == RunState.Finished)
        {
            _heads.Remove(run);
        }
        else
        {
            _heads[run] = new Head(entries[^1].Sequence, row, isSealed);
        }

        return entries;
    }

    private Head HeadOf(Session session, RunId run)
    {
        if (!_heads.TryGetValue(run, out var head))
        {
            var record = RunRows.Find(session, run) ?? throw new RunMissingException(run);
            var last = session.First(
                "SELECT place, event FROM journal WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1",
                row => (Sequence: row.GetInt64(0) & MostRecords, IsSealed: SecretSealer.IsSealed(row.GetFieldValue<byte[]>(1))),
                PlaceOf(run, 0), PlaceOf(run, MostRecords));
            head = new Head(
                last.Sequence,
                new RunProjection(record.State, record.Result, record.Ended, record.DisplayName, record.Description, record.Error, record.ErrorIsInfrastructure, record.Scm, record.Nodes),
                last.IsSealed);
        }

        return head;
    }

    /// <summary>The run's row was changed by somebody else; called on the writer's thread.</summary>
    public void RowChanged(RunId run) => _heads.Remove(run);

    private static void WriteRow(Session session, RunId run, RunProjection row) => session.Execute(
        "UPDATE runs SET state = ?2, result = ?3, ended = ?4, display_name = ?5, description = ?6, error = ?7, scm = ?8, nodes = ?9, infrastructure = ?10 WHERE id = ?1",
        run.Value,
        Columns.Of(row.State),
        row.Result?.ToJenkins(),
        Columns.Of(row.Ended),
        row.DisplayName,
        row.Description,
        row.Error,
        row.Scm is null ? null : Columns.Of(row.Scm, StoreJson.Default.ScmRevision),
        Columns.Of(row.Nodes, StoreJson.Default.IReadOnlyListString),
        Columns.Of(row.ErrorIsInfrastructure));

    private static void ProjectFlowNode(Session session, RunId run, JournalEntry entry)
    {
        if (FlowNodeProjection.Started(entry) is { } node)
        {
            session.Execute(
                "INSERT INTO flow_nodes (run, node, sequence, parent, kind, function, name, detail, started) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
                run.Value, node.Id, entry.Sequence, node.Parent, node.Kind.ToString(), node.Function, node.Name, node.Detail, Columns.Of(node.Started));
        }
        else if (entry.Event is FlowNodeEnded ended)
        {
            session.Execute(
                "UPDATE flow_nodes SET ended = ?3, status = ?4, reason = ?5 WHERE run = ?1 AND node = ?2",
                run.Value, ended.Node, Columns.Of(entry.Time), ended.Status.ToString(), ended.Reason);
        }
    }

    public async IAsyncEnumerable<JournalEntry> ReadAsync(RunId run, long from = 1, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var next = Math.Max(1, from);
        while (true)
        {
            var page = await _database.ReadAsync(
                s => s.Query(
                    "SELECT place, time, checksum, event FROM journal WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3",
                    row => (Sequence: row.GetInt64(0) & MostRecords, Time: row.Time(1), Checksum: row.GetInt64(2), Bytes: row.GetFieldValue<byte[]>(3)),
                    PlaceOf(run, next), PlaceOf(run, MostRecords), PageSize),
                cancellation);
            foreach (var (sequence, time, checksum, bytes) in page)
            {
                if (sequence != next)
                {
                    throw Corrupt(run, next, $"is missing (the next one there is number {sequence})", null);
                }

                yield return new JournalEntry(sequence, time, Decode(run, sequence, checksum, bytes));
                next++;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }
        }
    }

    private RunEvent Decode(RunId run, long sequence, long checksum, byte[] bytes)
    {
        if (Checksum(run, sequence, bytes) != checksum)
        {
            throw Corrupt(run, sequence, "is garbled (its checksum does not match)", null);
        }

        try
        {
            var plain = SecretSealer.IsSealed(bytes) ? _sealer.Unseal(bytes, PurposeOf(run, sequence)) : bytes;
            return JsonSerializer.Deserialize(plain, ModelJson.Default.RunEvent) ?? throw new JsonException("It is null.");
        }
        catch (SealBrokenException failure)
        {
            throw Corrupt(run, sequence, $"cannot be unsealed: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException)
        {
            throw Corrupt(run, sequence, "is not of a form that this version knows; was the run begun by a newer server?", failure);
        }
    }

    private static JournalCorruptException Corrupt(RunId run, long sequence, string fault, Exception? inner) =>
        new(run, sequence, $"Record {sequence} of the journal of run {run} {fault}. The run cannot be resumed; delete it, or restore 'slipway.db' from a backup.", inner);

    public Task<IReadOnlyList<RunRecord>> ListUnfinishedAsync(CancellationToken cancellation = default) => _database.ReadAsync<IReadOnlyList<RunRecord>>(
        s => s.Query($"{RunRows.Select} WHERE r.state <> 'finished' ORDER BY r.id", RunRows.Map),
        cancellation);

    public static long PlaceOf(RunId run, long sequence) => (run.Value << SequenceBits) + sequence;

    /// <summary>Bound to its place: a record cannot be moved to another.</summary>
    private static string PurposeOf(RunId run, long sequence) => string.Create(CultureInfo.InvariantCulture, $"journal record {PlaceOf(run, sequence)}");

    private static long Checksum(RunId run, long sequence, ReadOnlySpan<byte> bytes)
    {
        Span<byte> place = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(place, PlaceOf(run, sequence));
        return LogFormat.Checksum(LogFormat.Checksum(0, place), bytes);
    }
}
