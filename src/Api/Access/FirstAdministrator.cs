using Microsoft.Extensions.Logging;
using Slipway.Store;
using Slipway.Store.Access;

namespace Slipway.Api.Access;

/// <summary>Before the first login: an administrator whose password is generated, told in the log and kept in a file that only the server's user can read.</summary>
internal sealed class FirstAdministrator(IStore store, AccessOptions options, TimeProvider time, ILogger<FirstAdministrator> log)
{
    public const string UserId = "admin";

    public async Task EnsureAsync(CancellationToken cancellation)
    {
        if ((await store.Users.ListAsync(cancellation)).Count > 0)
        {
            return;
        }

        var password = SecretText.Create(16);
        var directory = Path.Combine(options.DataDirectory, "secrets");
        var file = Path.Combine(directory, "initialAdminPassword");
        var mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Directory.CreateDirectory(directory, mine | UnixFileMode.UserExecute);
        File.Delete(file);
        await using (var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mine }))
        await using (var writer = new StreamWriter(stream))
        {
            await writer.WriteLineAsync(password);
        }

        await store.Users.SaveAsync(new UserRecord(UserId, "Administrator", PasswordHasher.Hash(password), time.GetUtcNow()), cancellation);
        log.LogWarning("A login is demanded. Log in as '{User}' with the password {Password}; it is also in {File}", UserId, password, file);
    }
}
