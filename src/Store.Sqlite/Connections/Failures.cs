using Microsoft.Data.Sqlite;

namespace Slipway.Store.Sqlite.Connections;

/// <summary>SQLite's failures in the store's words.</summary>
internal static class Failures
{
    private const int Full = 13;
    private const int Constraint = 19;
    private const int Corrupt = 11;
    private const int NotADatabase = 26;
    private const int ReadOnly = 8;
    private const int CannotOpen = 14;

    // A broken constraint is the change's own doing; everything else that SQLite reports is the storage's.
    public static bool IsOfStorage(Exception failure) => failure is SqliteException { SqliteErrorCode: not Constraint };

    public static Exception Translate(Exception failure, string doing) => failure is not SqliteException sqlite
        ? failure
        : sqlite.SqliteErrorCode switch
        {
            Full => new StoreFullException("The database cannot be written: the disk is full. Make room in the data directory; nothing that was confirmed is lost.", sqlite),
            Corrupt or NotADatabase => new StoreUnavailableException(
                $"The database is damaged ({sqlite.Message}). Stop the server, restore 'slipway.db' from a backup, or rescue it with: sqlite3 slipway.db .recover", sqlite),
            ReadOnly or CannotOpen => new StoreUnavailableException($"The database cannot be opened for writing ({sqlite.Message}). Check the owner and the rights of the data directory.", sqlite),
            Constraint => failure,
            _ => new StoreUnavailableException($"The database could not {doing}: {sqlite.Message}", sqlite),
        };
}
