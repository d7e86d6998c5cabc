using Slipway.Store.Contract;

namespace Slipway.Store.Tests.Sqlite;

// The contract of every store, held by this one.

public sealed class SqliteJournalTests : JournalContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}

public sealed class SqliteLogTests : LogContract
{
    protected override IStoreUnderTest UnderTest => new SqliteUnderTest();
}
