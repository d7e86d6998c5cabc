using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Slipway.Store.Sqlite.Connections;

/// <summary>Binds the provider to the system's SQLite library instead of a bundled one: the distribution keeps it patched, and it is new enough for STRICT tables.</summary>
internal static class NativeSqlite
{
    private const string Imported = "e_sqlite3";

    /// <summary>STRICT tables, RETURNING.</summary>
    private static readonly Version Oldest = new(3, 37);

    private static readonly string[] Names = ["libsqlite3.so.0", "libsqlite3.so", "libsqlite3.dylib", "winsqlite3"];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Ensure() => RuntimeHelpers.RunClassConstructor(typeof(Binding).TypeHandle);

    private static class Binding
    {
        static Binding()
        {
            NativeLibrary.SetDllImportResolver(typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, Resolve);
            SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
            SQLitePCL.raw.FreezeProvider();
            var version = SQLitePCL.raw.sqlite3_libversion().utf8_to_string();
            if (Version.Parse(version) < Oldest)
            {
                throw new StoreUnavailableException($"The system's SQLite is version {version}; at least {Oldest} is needed. On Debian 12 or newer: apt-get install libsqlite3-0.");
            }
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Imported)
        {
            return 0;
        }

        foreach (var candidate in Names)
        {
            if (NativeLibrary.TryLoad(candidate, out var library))
            {
                return library;
            }
        }

        throw new DllNotFoundException($"SQLite's library was not found (looked for {string.Join(", ", Names)}). On Debian: apt-get install libsqlite3-0.");
    }
}
