using Slipway.Store.Contract;
using Slipway.Store.Sqlite;

namespace Slipway.Store.Tests.Sqlite;

internal sealed class SqliteUnderTest : IStoreUnderTest
{
    public Task<IStore> OpenAsync(StoreOptions options, TimeProvider time) => SqliteStore.OpenAsync(options, time);
}
