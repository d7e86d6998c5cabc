using Microsoft.Extensions.Logging;
using Slipway.Store;
using Slipway.Store.Access;

namespace Slipway.Api.Access;

/// <summary>Where there is no administrator (before the first login; after the last one's row was removed by hand): one whose password is generated, told in the log and kept in a file that only the server's user can read.</summary>
internal sealed class FirstAdministrator(IStore store, AccessOptions options, TimeProvider time, ILogger<FirstAdministrator> log)
{
    public const string UserId = "admin";

    public async Task EnsureAsync(CancellationToken cancellation)
    {
        if ((await store.Users.ListAsync(cancellation)).Any(u => u.IsAdministrator))
        {
            return;
        }

        var password = SecretText.Create(16);
        var file = FileOf(options);
        var directory = Path.GetDirectoryName(file)!;
        var mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Directory.CreateDirectory(directory, mine | UnixFileMode.UserExecute);
        File.Delete(file);
        await using (var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mine }))
        await using (var writer = new StreamWriter(stream))
        {
            await writer.WriteLineAsync(password);
        }

        await store.Users.SaveAsync(new UserRecord(UserId, "Administrator", PasswordHasher.Hash(password), time.GetUtcNow(), IsAdministrator: true), cancellation);
        log.LogWarning("A login is demanded. Log in as '{User}' with the password {Password}; it is also in {File}", UserId, password, file);
    }

    /// <summary>The password was changed: the file says nothing true any more.</summary>
    public static void ForgetPassword(AccessOptions options, string user)
    {
        if (string.Equals(user, UserId, StringComparison.OrdinalIgnoreCase))
        {
            File.Delete(FileOf(options));
        }
    }

    private static string FileOf(AccessOptions options) => Path.Combine(options.DataDirectory, "secrets", "initialAdminPassword");
}
