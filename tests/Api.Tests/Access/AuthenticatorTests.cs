using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api.Access;
using Slipway.Api.Tests.Testing;
using Slipway.Store;
using Slipway.Store.Access;
using Slipway.Store.Sqlite;

namespace Slipway.Api.Tests.Access;

public sealed class AuthenticatorTests : IAsyncLifetime
{
    private static readonly string Hash = PasswordHasher.Hash("right");
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-auth-").FullName;
    private readonly ManualTime _time = new();
    private IStore _store = null!;
    private Authenticator _authenticator = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await SqliteStore.OpenAsync(new StoreOptions(_directory), _time);
        _authenticator = new Authenticator(_store, new AccessOptions { IsOpen = false, DataDirectory = _directory, SessionLifetime = TimeSpan.FromHours(1) }, _time, NullLogger<Authenticator>.Instance);
        await _store.Users.SaveAsync(new UserRecord("Ann", "Ann A.", Hash, _time.GetUtcNow()), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _authenticator.Dispose();
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private Task<LoginOutcome> TryAsync(string user, string password) => _authenticator.CheckPasswordAsync(user, password, "address", TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_right_password_finds_its_user_in_any_case() => Assert.Equal("Ann", (await TryAsync("ann", "right")).User?.Id);

    [Theory]
    [InlineData("ann", "wrong")]
    [InlineData("ann", "")]
    [InlineData("bob", "right")]
    public async Task Anything_else_finds_nobody(string user, string password) => Assert.Null((await TryAsync(user, password)).User);

    [Fact]
    public async Task A_changed_password_counts_at_once()
    {
        await TryAsync("ann", "right");
        await _store.Users.SaveAsync(new UserRecord("Ann", "Ann A.", PasswordHasher.Hash("new"), _time.GetUtcNow()), TestContext.Current.CancellationToken);
        Assert.Null((await TryAsync("ann", "right")).User);
        Assert.NotNull((await TryAsync("ann", "new")).User);
    }

    [Fact]
    public async Task While_a_user_is_paused_even_the_right_password_is_not_looked_at()
    {
        for (var i = 0; i < 5; i++)
        {
            await TryAsync("ann", "wrong");
        }

        var paused = await TryAsync("ann", "right");
        Assert.Null(paused.User);
        Assert.Equal(TimeSpan.FromSeconds(1), paused.Pause);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull((await TryAsync("ann", "right")).User);
    }

    [Fact]
    public async Task A_session_lives_while_it_is_used()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var secret = await _authenticator.BeginSessionAsync((await TryAsync("ann", "right")).User!, cancellation);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(40));
            Assert.Equal("Ann", (await _authenticator.CheckSessionAsync(secret, cancellation))?.UserId);
        }

        _time.Advance(TimeSpan.FromMinutes(61));
        Assert.Null(await _authenticator.CheckSessionAsync(secret, cancellation));
    }

    [Fact]
    public async Task The_session_of_a_user_who_is_gone_is_worth_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var secret = await _authenticator.BeginSessionAsync((await TryAsync("ann", "right")).User!, cancellation);
        await _store.Users.DeleteAsync("Ann", cancellation);
        Assert.Null(await _authenticator.CheckSessionAsync(secret, cancellation));
    }
}
