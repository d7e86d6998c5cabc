using System.Security.Cryptography;
using System.Text;
using Slipway.Store;

namespace Slipway.Api.Access;

/// <summary>
/// Crumbs: what a request that changes state must carry to show that it was meant. Derived from the user and the session that it belongs to, so nothing is stored; clients without a
/// login session get a cookie of their own with the first crumb, as Jenkins' do.
/// </summary>
internal sealed class CrumbIssuer(IStore store)
{
    private byte[]? _key;

    public async ValueTask LoadAsync(CancellationToken cancellation) =>
        _key = Convert.FromHexString(await store.Settings.GetOrAddAsync("crumb.key", () => SecretText.Create(), cancellation));

    /// <param name="session">The secret of a cookie: of the login session, or of the one that came with the crumb.</param>
    public string For(string user, string session) => Convert.ToHexStringLower(
        HMACSHA256.HashData(_key ?? throw new InvalidOperationException("The key is not loaded."), Encoding.UTF8.GetBytes($"crumb:{user}\0{session}")));

    public bool IsValid(string crumb, string user, string session) => SecretText.Same(crumb, For(user, session));
}
