using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Hosting;

namespace Slipway.Web.Accounts;

/// <param name="IsOwn">The account is that of who looks at it.</param>
/// <param name="NewToken">A token that was made just now: the only time that it is shown.</param>
public sealed record AccountModel(AccountView Account, bool IsOwn, bool MayAdminister, IReadOnlyList<ApiTokenView> Tokens, string? NewToken, DateTimeOffset Now)
{
    public string Query => $"user={Uri.EscapeDataString(Account.Id)}";
}

/// <param name="Self">Who looks at it.</param>
public sealed record AccountsModel(IReadOnlyList<AccountView> Accounts, string Self, bool IsOpen, DateTimeOffset Now);

/// <summary>Users: one's own account, and all of them for administrators. Addresses are Jenkins' own.</summary>
internal static class AccountPages
{
    public static string Href(string id) => $"user/{Uri.EscapeDataString(id)}/security/";

    public static async Task<Page?> ReadAllAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var accounts = await services.GetRequiredService<IAccounts>().ListAsync(cancellation);
        var model = new AccountsModel(accounts, request.Access.Caller.UserId, request.Access.IsOpen, services.GetRequiredService<TimeProvider>().GetUtcNow());
        return Page.Of<AccountsContent>("Users", model) with { Section = PageSection.None };
    }

    public static Task<Page?> ReadNewAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation) =>
        Task.FromResult<Page?>(Page.Of<NewAccountContent>("New user", null) with { Section = PageSection.None, Crumbs = [new Crumb("Users", "securityRealm/"), new Crumb("New user", "securityRealm/addUser")] });

    public static Task<Page?> ReadOneAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var segments = request.Path.TrimEnd('/').Split('/');
        return ReadAsync(request, Uri.UnescapeDataString(segments[1]), null, services, cancellation);
    }

    /// <returns>Null for the account of somebody else, but for administrators: who there is is not told.</returns>
    public static async Task<Page?> ReadAsync(PageRequest request, string id, string? newToken, IServiceProvider services, CancellationToken cancellation)
    {
        var accounts = services.GetRequiredService<IAccounts>();
        var isOwn = string.Equals(id, request.Access.Caller.UserId, StringComparison.OrdinalIgnoreCase);
        var mayAdminister = request.Access.May(Permission.Administer, JobPath.Root);
        if (!(isOwn || mayAdminister) || await accounts.FindAsync(id, cancellation) is not { } account)
        {
            return null;
        }

        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var model = new AccountModel(account, isOwn, mayAdminister, await accounts.ListTokensAsync(account.Id, cancellation), newToken, now);
        return Page.Of<AccountContent>(account.FullName, model) with
        {
            Section = PageSection.None,
            Crumbs = mayAdminister ? [new Crumb("Users", "securityRealm/"), new Crumb(account.Id, Href(account.Id))] : [],
        };
    }
}
