using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Store;
using Slipway.Store.Access;

namespace Slipway.Api.Access;

/// <summary>
/// Users, their passwords and API tokens. Every change of a user goes through here, one at a time: no two can undo each other, and an administrator always remains.
/// </summary>
internal sealed partial class Accounts(IStore store, Authenticator authenticator, AccessOptions options, TimeProvider time, ILogger<Accounts> log) : IAccounts, IDisposable
{
    private const int ShortestPassword = 8;
    private const int LongestPassword = 1000;
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase) { "anonymous", "authenticated", "system", "unknown", "local" };
    private readonly SemaphoreSlim _turn = new(1);

    public void Dispose() => _turn.Dispose();

    public async Task<IReadOnlyList<AccountView>> ListAsync(CancellationToken cancellation) => [.. (await store.Users.ListAsync(cancellation)).Select(View)];

    public async Task<AccountView?> FindAsync(string id, CancellationToken cancellation) => await store.Users.FindAsync(id, cancellation) is { } user ? View(user) : null;

    public async Task<IReadOnlyList<ApiTokenView>> ListTokensAsync(string id, CancellationToken cancellation) =>
        [.. (await store.Users.ListTokensAsync(id, cancellation)).Select(t => new ApiTokenView(t.Id, t.Name, t.Created, t.LastUsed))];

    public Task<CommandOutcome> CreateAsync(string id, string fullName, string password, bool isAdministrator, IRequestAccess access, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            if (!LegalId().IsMatch(id) || Reserved.Contains(id))
            {
                return Invalid($"'{LogText.Of(id)}' cannot be a user name. Take up to 64 letters, digits and . _ - @, beginning with a letter or digit; some words are reserved.");
            }

            if (await store.Users.FindAsync(id, cancellation) is not null)
            {
                return new CommandOutcome(CommandStatus.Conflict, $"There is a user '{id}' already. User names are compared without regard to case.");
            }

            if (FaultOf(password) is { } fault)
            {
                return Invalid(fault);
            }

            var name = fullName.Trim() is { Length: > 0 } given ? given : id;
            await store.Users.SaveAsync(new UserRecord(id, name, await authenticator.HashAsync(password, cancellation), time.GetUtcNow(), isAdministrator), cancellation);
            log.LogInformation("{Caller} created the user {User}{Kind}", access.Caller.UserId, id, isAdministrator ? ", an administrator" : "");
            return CommandOutcome.Done;
        },
        cancellation);

    public Task<CommandOutcome> ChangePasswordAsync(string id, string current, string password, IRequestAccess access, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            var own = IsOwn(id, access);
            if (!own && !access.May(Permission.Administer, JobPath.Root))
            {
                return Missing(id);
            }

            if (await store.Users.FindAsync(id, cancellation) is not { } user)
            {
                return Missing(id);
            }

            if (own && await WhyWrongAsync(user, current, access, cancellation) is { } wrong)
            {
                return Invalid(wrong);
            }

            if (FaultOf(password) is { } fault)
            {
                return Invalid(fault);
            }

            await store.Users.SaveAsync(user with { PasswordHash = await authenticator.HashAsync(password, cancellation) }, cancellation);
            await store.Sessions.RemoveAllAsync(user.Id, own ? (access as RequestAccess)?.Identity.Session is { } session ? SecretText.Hash(session) : null : null, cancellation);
            FirstAdministrator.ForgetPassword(options, user.Id);
            log.LogInformation("{Caller} changed the password of {User}", access.Caller.UserId, user.Id);
            return CommandOutcome.Done;
        },
        cancellation);

    public Task<CommandOutcome> SetEnabledAsync(string id, bool enabled, IRequestAccess access, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            if (await store.Users.FindAsync(id, cancellation) is not { } user)
            {
                return Missing(id);
            }

            if (!enabled && await WhyNeededAsync(user, access, cancellation) is { } needed)
            {
                return new CommandOutcome(CommandStatus.Conflict, needed);
            }

            await store.Users.SaveAsync(user with { IsDisabled = !enabled }, cancellation);
            if (!enabled)
            {
                await store.Sessions.RemoveAllAsync(user.Id, null, cancellation);
            }

            log.LogInformation("{Caller} {Did} the user {User}", access.Caller.UserId, enabled ? "enabled" : "disabled", user.Id);
            return CommandOutcome.Done;
        },
        cancellation);

    public Task<CommandOutcome> DeleteAsync(string id, IRequestAccess access, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            if (await store.Users.FindAsync(id, cancellation) is not { } user)
            {
                return Missing(id);
            }

            if (await WhyNeededAsync(user, access, cancellation) is { } needed)
            {
                return new CommandOutcome(CommandStatus.Conflict, needed);
            }

            await store.Users.DeleteAsync(user.Id, cancellation);
            log.LogInformation("{Caller} deleted the user {User}", access.Caller.UserId, user.Id);
            return CommandOutcome.Done;
        },
        cancellation);

    public async Task<CommandOutcome<string>> AddTokenAsync(string name, IRequestAccess access, CancellationToken cancellation)
    {
        name = string.IsNullOrWhiteSpace(name) ? $"Token created on {time.GetUtcNow():O}" : name.Trim();
        var secret = SecretText.Create();
        var token = new ApiTokenRecord(Guid.NewGuid(), access.Caller.UserId, name, SecretText.Hash(secret), time.GetUtcNow(), null);
        return await store.Users.AddTokenAsync(token, cancellation)
            ? new CommandOutcome<string>(CommandStatus.Done, null, secret)
            : new CommandOutcome<string>(CommandStatus.Invalid, "Only users have API tokens; this request comes from nobody in particular. Log in first (a server that runs open needs no tokens).", null);
    }

    public async Task<CommandOutcome> RevokeTokenAsync(string id, Guid token, IRequestAccess access, CancellationToken cancellation)
    {
        var may = IsOwn(id, access) || access.May(Permission.Administer, JobPath.Root);
        return may && await store.Users.RevokeTokenAsync(id, token, cancellation) ? CommandOutcome.Done : new CommandOutcome(CommandStatus.NotFound, "There is no such token.");
    }

    private async Task<CommandOutcome> ChangeAsync(Func<Task<CommandOutcome>> change, CancellationToken cancellation)
    {
        if (options.IsOpen)
        {
            return new CommandOutcome(CommandStatus.Conflict, "This server runs open: nobody logs in, so there are no users. Start it with --require-login to have some.");
        }

        await _turn.WaitAsync(cancellation);
        try
        {
            return await change();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<string?> WhyWrongAsync(UserRecord user, string current, IRequestAccess access, CancellationToken cancellation)
    {
        var checkedNow = await authenticator.CheckPasswordAsync(user.Id, current, access.Caller.RemoteAddress ?? "unknown", cancellation);
        return checkedNow switch
        {
            { User: not null } => null,
            { Pause: { } pause } => $"There were too many wrong passwords. Try again in {Math.Ceiling(pause.TotalSeconds)} seconds.",
            _ => "The current password is wrong.",
        };
    }

    /// <summary>Why a user cannot be taken away: nobody removes themselves, and so somebody always remains who can add others.</summary>
    private async Task<string?> WhyNeededAsync(UserRecord user, IRequestAccess access, CancellationToken cancellation)
    {
        if (IsOwn(user.Id, access))
        {
            return "You cannot disable or delete yourself. Another administrator can.";
        }

        return (await store.Users.ListAsync(cancellation)).Any(u => u is { IsAdministrator: true, IsDisabled: false } && u.Id != user.Id)
            ? null
            : $"'{user.Id}' is the last administrator. Create another one first.";
    }

    private static bool IsOwn(string id, IRequestAccess access) => string.Equals(id, access.Caller.UserId, StringComparison.OrdinalIgnoreCase);

    private static string? FaultOf(string password) => password.Length switch
    {
        < ShortestPassword => $"The password is too short: it needs at least {ShortestPassword} characters.",
        > LongestPassword => $"The password is too long: it may have at most {LongestPassword} characters.",
        _ => null,
    };

    private static AccountView View(UserRecord user) => new(user.Id, user.FullName, user.IsAdministrator, !user.IsDisabled, user.Created);

    private static CommandOutcome Invalid(string fault) => new(CommandStatus.Invalid, fault);

    private static CommandOutcome Missing(string id) => new(CommandStatus.NotFound, $"There is no user '{LogText.Of(id)}'.");

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._@-]{0,63}\z")]
    private static partial Regex LegalId();
}
