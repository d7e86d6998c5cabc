using Slipway.Store.Contract;

namespace Slipway.Store.Tests.Sqlite;

// The contract of every store, held by this one.

public sealed class SqliteJobTests : JobContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}

public sealed class SqliteQueueTests : QueueContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}

public sealed class SqliteJournalTests : JournalContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}

public sealed class SqliteRunTests : RunContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}

public sealed class SqliteLogTests : LogContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}

public sealed class SqliteFilesTests : FilesContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}

public sealed class SqliteTestResultTests : TestResultContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}

public sealed class SqliteAccessTests : AccessContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}

public sealed class SqliteKillTests : KillContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}

public sealed class SqliteFullDiskTests : FullDiskContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}
