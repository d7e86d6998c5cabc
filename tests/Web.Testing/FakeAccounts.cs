using Slipway.Feeds;

namespace Slipway.Web.Testing;

/// <summary>Users in memory. What is not allowed is the real ones' to refuse; here everything is.</summary>
public sealed class FakeAccounts(TimeProvider time) : IAccounts
{
    public List<AccountView> Users { get; } =
    [
        new("ada", "Ada Lovelace", true, true, time.GetUtcNow().AddDays(-40)),
        new("grace", "Grace Hopper", false, true, time.GetUtcNow().AddDays(-12)),
        new("leaver", "Lea Verlassen", false, false, time.GetUtcNow().AddDays(-90)),
    ];

    public List<ApiTokenView> Tokens { get; } = [new(Guid.Parse("00000000-0000-0000-0000-000000000001"), "laptop", time.GetUtcNow().AddDays(-9), time.GetUtcNow().AddHours(-2))];

    public List<string> Done { get; } = [];

    public Task<IReadOnlyList<AccountView>> ListAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<AccountView>>(Users);

    public Task<AccountView?> FindAsync(string id, CancellationToken cancellation) => Task.FromResult(Users.Find(u => u.Id == id));

    public Task<IReadOnlyList<ApiTokenView>> ListTokensAsync(string id, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<ApiTokenView>>(id == "ada" ? Tokens : []);

    public Task<CommandOutcome> CreateAsync(string id, string fullName, string password, bool isAdministrator, IRequestAccess access, CancellationToken cancellation) =>
        DoAsync($"create {id} {fullName} {password} {isAdministrator}");

    public Task<CommandOutcome> ChangePasswordAsync(string id, string current, string password, IRequestAccess access, CancellationToken cancellation) => DoAsync($"password {id} {current} {password}");

    public Task<CommandOutcome> SetEnabledAsync(string id, bool enabled, IRequestAccess access, CancellationToken cancellation) => DoAsync($"enable {id} {enabled}");

    public Task<CommandOutcome> DeleteAsync(string id, IRequestAccess access, CancellationToken cancellation) => DoAsync($"delete {id}");

    public Task<CommandOutcome<string>> AddTokenAsync(string name, IRequestAccess access, CancellationToken cancellation)
    {
        Done.Add($"token {name}");
        return Task.FromResult(new CommandOutcome<string>(CommandStatus.Done, null, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
    }

    public Task<CommandOutcome> RevokeTokenAsync(string id, Guid token, IRequestAccess access, CancellationToken cancellation) => DoAsync($"revoke {id} {token}");

    private Task<CommandOutcome> DoAsync(string what)
    {
        Done.Add(what);
        return Task.FromResult(CommandOutcome.Done);
    }
}
