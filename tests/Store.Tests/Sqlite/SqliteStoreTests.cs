using Microsoft.Data.Sqlite;
using Slipway.Model.Events;
using Slipway.Store.Contract;
using Slipway.Store.Sqlite.Connections;
using Slipway.Store.Sqlite.Schema;

namespace Slipway.Store.Tests.Sqlite;

/// <summary>What is SQLite's own: files, schema, damage.</summary>
public sealed class SqliteStoreTests : StoreTest
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();

    private string DatabasePath => Path.Combine(Directory, "slipway.db");

    private async Task AlterAsync(string sql)
    {
        await CloseAsync();
        using (var session = new Session(DatabasePath, readOnly: false))
        {
            session.Run(sql);
        }

        await ReopenAsync();
    }

    [Fact]
    public async Task A_second_server_is_kept_out_and_may_come_when_the_first_has_gone()
    {
        var held = await Assert.ThrowsAsync<StoreInUseException>(() => UnderTest.OpenAsync(Options, Time));
        Assert.Contains(Directory, held.Message, StringComparison.Ordinal);

        await CloseAsync();
        await (await UnderTest.OpenAsync(Options, Time)).DisposeAsync();
    }

    [Fact]
    public async Task A_database_of_a_newer_server_is_refused()
    {
        await CloseAsync();
        using (var session = new Session(DatabasePath, readOnly: false))
        {
            session.Run("PRAGMA user_version = 999");
        }

        Assert.Contains("999", (await Assert.ThrowsAsync<StoreTooNewException>(() => UnderTest.OpenAsync(Options, Time))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_told()
    {
        await CloseAsync();
        File.Delete(DatabasePath + "-wal");
        await File.WriteAllTextAsync(DatabasePath, new string('x', 10_000), TestContext.Current.CancellationToken);

        Assert.Contains("damaged", (await Assert.ThrowsAsync<StoreUnavailableException>(() => UnderTest.OpenAsync(Options, Time))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Migrations_are_numbered_without_gaps_and_run_on_an_empty_database()
    {
        Assert.Equal(Enumerable.Range(1, Migrations.All.Count), Migrations.All.Select(m => m.Number));
        using var session = new Session(":memory:", readOnly: false);

        Migrations.Apply(session);
        Migrations.Apply(session);

        Assert.Equal(Migrations.All.Count, session.Number("PRAGMA user_version"));
        Assert.Equal(0, session.Number("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE '%STRICT%'"));
    }

    [Fact]
    public void A_migration_that_fails_leaves_the_database_as_it_was()
    {
        using var session = new Session(":memory:", readOnly: false);
        Migrations.Apply(session, [new Migration(1, "001_a", "CREATE TABLE a (x INTEGER) STRICT;")]);
        Migration[] next = [new Migration(1, "001_a", "never again"), new Migration(2, "002_b", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO a VALUES ('no number');")];

        Assert.Throws<SqliteException>(() => Migrations.Apply(session, next));

        Assert.Equal(1, session.Number("PRAGMA user_version"));
        Assert.Equal(0, session.Number("SELECT count(*) FROM sqlite_master WHERE name = 'b'"));
    }

    [Theory]
    [InlineData("UPDATE journal SET event = CAST('{\"event\":\"annotated\",\"descriptiom\":\"x\"}' AS BLOB) WHERE place & 0xffffff = 2", "garbled")]
    [InlineData("UPDATE journal SET event = substr(event, 1, 10) WHERE place & 0xffffff = 2", "garbled")]
    [InlineData("DELETE FROM journal WHERE place & 0xffffff = 2", "missing")]
    public async Task A_record_that_cannot_be_read_is_named_and_harms_no_other_run(string damage, string told)
    {
        var job = await MakeJobAsync();
        var harmed = await MakeRunAsync(job);
        await Store.Journal.AppendAsync(harmed.Id, [Make.Started(harmed), Make.Note("two"), Make.Note("three")]);
        var other = await MakeRunAsync(job);
        await Store.Journal.AppendAsync(other.Id, [Make.Started(other)]);
        await AlterAsync(damage);

        var read = new List<JournalEntry>();
        var corrupt = await Assert.ThrowsAsync<JournalCorruptException>(async () =>
        {
            await foreach (var entry in Store.Journal.ReadAsync(harmed.Id))
            {
                read.Add(entry);
            }
        });

        Assert.Equal((harmed.Id, 2L), (corrupt.Run, corrupt.Sequence));
        Assert.Contains(told, corrupt.Message, StringComparison.Ordinal);
        Assert.Single(read);
        Assert.Single(await Store.Journal.ReadAsync(other.Id).ToListAsync());
        await Store.Journal.AppendAsync(other.Id, [Make.Note("on")]);
    }

    [Fact]
    public async Task Every_list_is_read_through_an_index()
    {
        var job = await MakeJobAsync();
        await MakeFinishedAsync(job, Model.RunResult.Success);
        await CloseAsync();
        using var session = new Session(DatabasePath, readOnly: true);
        string[] hot =
        [
            "SELECT id FROM runs WHERE job = 1 AND number < 10 ORDER BY number DESC LIMIT 5",
            "SELECT max(number) FROM runs WHERE job = 1 AND result = 'SUCCESS' AND state = 'finished'",
            "SELECT id FROM runs WHERE id < 5 ORDER BY id DESC LIMIT 5",
            "SELECT id FROM runs WHERE state <> 'finished' ORDER BY id",
            "SELECT id FROM jobs WHERE parent = 0 AND name > '' ORDER BY name LIMIT 5",
            "SELECT id FROM queue_items WHERE job = 1 AND fingerprint = '' AND departed IS NULL",
            "SELECT run FROM test_summaries WHERE job = 1 ORDER BY number DESC LIMIT 5",
            "SELECT name FROM test_cases WHERE run = 1 AND status = 'Failed' ORDER BY id LIMIT 5",
            "SELECT event FROM journal WHERE place BETWEEN 1 AND 2 ORDER BY place",
        ];

        foreach (var sql in hot)
        {
            var plan = string.Join("; ", session.Query("EXPLAIN QUERY PLAN " + sql, row => row.GetString(3)));
            Assert.True(
                plan.Contains("SEARCH", StringComparison.Ordinal) || plan.Contains("USING INDEX runs_unfinished", StringComparison.Ordinal) || plan.Contains("COVERING INDEX runs_unfinished", StringComparison.Ordinal),
                $"{sql}: {plan}");
            Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
        }

        await ReopenAsync();
    }

    [Fact]
    public void The_data_directory_is_closed_to_others()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Unix rights");
        }
        else
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Directory));
        }
    }
}
