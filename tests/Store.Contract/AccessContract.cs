using Slipway.Store.Access;
using Slipway.Store.Nodes;

namespace Slipway.Store.Contract;

public abstract class AccessContract : StoreTest
{
    private UserRecord User(string id) => new(id, "Ada Lovelace", "hash", Time.Now);

    private ApiTokenRecord Token(string user, string hash) => new(Guid.NewGuid(), user, "laptop", hash, Time.Now, null);

    [Fact]
    public async Task Users_are_found_without_regard_to_case_and_saved_again()
    {
        await Store.Users.SaveAsync(User("Ada"));
        await Store.Users.SaveAsync(User("ada") with { PasswordHash = "other" });
        await Store.Users.SaveAsync(User("bob") with { PasswordHash = null });
        await ReopenAsync();

        Assert.Equal(User("Ada") with { PasswordHash = "other" }, await Store.Users.FindAsync("ADA"));
        Assert.Null(await Store.Users.FindAsync("eve"));
        Assert.Equal(["Ada", "bob"], (await Store.Users.ListAsync()).Select(u => u.Id));
    }

    [Fact]
    public async Task A_user_is_an_administrator_or_disabled_as_it_was_saved_last()
    {
        await Store.Users.SaveAsync(User("ada") with { IsAdministrator = true });
        Assert.Equal(User("ada") with { IsAdministrator = true }, await Store.Users.FindAsync("ada"));

        await Store.Users.SaveAsync(User("ada") with { IsDisabled = true });
        Assert.Equal(User("ada") with { IsDisabled = true }, await Store.Users.FindAsync("ada"));
    }

    [Fact]
    public async Task The_sessions_of_a_user_end_but_for_the_one_that_is_named()
    {
        foreach (var (hash, user) in ((string, string)[])[("s1", "ada"), ("s2", "Ada"), ("s3", "ada"), ("s4", "bob")])
        {
            await Store.Sessions.AddAsync(new SessionRecord(hash, user, Time.Now, Time.Now.AddHours(1)));
        }

        await Store.Sessions.RemoveAllAsync("ada", "s2");
        Assert.Null(await Store.Sessions.FindAsync("s1"));
        Assert.NotNull(await Store.Sessions.FindAsync("s2"));
        Assert.NotNull(await Store.Sessions.FindAsync("s4"));

        await Store.Sessions.RemoveAllAsync("ada");
        Assert.Null(await Store.Sessions.FindAsync("s2"));
    }

    [Fact]
    public async Task Tokens_are_found_by_hash_note_their_use_and_can_be_revoked()
    {
        await Store.Users.SaveAsync(User("ada"));
        var token = Token("ADA", "h1");
        Assert.True(await Store.Users.AddTokenAsync(token));
        Assert.False(await Store.Users.AddTokenAsync(Token("eve", "h2")));

        Assert.Equal(token with { User = "ada" }, await Store.Users.FindTokenAsync("h1"));
        Time.Advance(TimeSpan.FromSeconds(100));
        await Store.Users.TouchTokenAsync(token.Id, Time.Now);
        var used = (await Store.Users.FindTokenAsync("h1"))!.LastUsed;
        Assert.Equal(Time.Now - TimeSpan.FromSeconds(40), used);
        await Store.Users.TouchTokenAsync(token.Id, Time.Now.AddSeconds(5));
        Assert.Equal(used, (await Store.Users.FindTokenAsync("h1"))!.LastUsed);

        Assert.False(await Store.Users.RevokeTokenAsync("eve", token.Id));
        Assert.True(await Store.Users.RevokeTokenAsync("ada", token.Id));
        Assert.Null(await Store.Users.FindTokenAsync("h1"));
        Assert.Empty(await Store.Users.ListTokensAsync("ada"));
    }

    [Fact]
    public async Task Deleting_a_user_takes_tokens_and_sessions()
    {
        await Store.Users.SaveAsync(User("ada"));
        await Store.Users.AddTokenAsync(Token("ada", "h1"));
        await Store.Sessions.AddAsync(new SessionRecord("s1", "ada", Time.Now, Time.Now.AddHours(1)));

        Assert.True(await Store.Users.DeleteAsync("Ada"));

        Assert.Null(await Store.Users.FindTokenAsync("h1"));
        Assert.Null(await Store.Sessions.FindAsync("s1"));
        Assert.False(await Store.Users.DeleteAsync("ada"));
    }

    [Fact]
    public async Task Sessions_expire_and_can_be_extended_and_ended()
    {
        await Store.Sessions.AddAsync(new SessionRecord("s1", "ada", Time.Now, Time.Now.AddMinutes(10)));
        await Store.Sessions.AddAsync(new SessionRecord("s2", "ada", Time.Now, Time.Now.AddMinutes(10)));
        Time.Advance(TimeSpan.FromMinutes(9));
        Assert.True(await Store.Sessions.ExtendAsync("s1", Time.Now.AddMinutes(10)));
        Time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal("ada", (await Store.Sessions.FindAsync("s1"))!.User);
        Assert.Null(await Store.Sessions.FindAsync("s2"));
        Assert.False(await Store.Sessions.ExtendAsync("s2", Time.Now.AddMinutes(10)));
        await Store.Sessions.PruneAsync();
        Assert.False(await Store.Sessions.RemoveAsync("s2"));
        await Store.Sessions.RemoveAllAsync("ADA");
        Assert.Null(await Store.Sessions.FindAsync("s1"));
    }

    [Fact]
    public async Task Permanent_nodes_are_kept_changed_and_deleted()
    {
        var node = new NodeRecord("mac", null, ["macos", "arm64"], 2, true, "/Users/ci", "secret", null, Time.Now);
        Assert.True(await Store.Nodes.AddAsync(node));
        Assert.False(await Store.Nodes.AddAsync(node with { Executors = 9 }));
        Assert.True(await Store.Nodes.UpdateAsync(node with { OfflineReason = "repairs" }));
        await ReopenAsync();

        var found = (await Store.Nodes.FindAsync("mac"))!;
        Assert.Equal((2, "repairs", "secret"), (found.Executors, found.OfflineReason, found.Secret));
        Assert.Equal(["macos", "arm64"], found.Labels);
        Assert.Single(await Store.Nodes.ListAsync());
        Assert.True(await Store.Nodes.DeleteAsync("mac"));
        Assert.False(await Store.Nodes.DeleteAsync("mac"));
        Assert.False(await Store.Nodes.UpdateAsync(node));
    }

    [Fact]
    public async Task A_setting_is_made_once_even_by_many_at_once()
    {
        var values = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Store.Settings.GetOrAddAsync("instance", () => Guid.NewGuid().ToString()))));

        Assert.Single(values.Distinct());
        await Store.Settings.SetAsync("instance", "set");
        await ReopenAsync();
        Assert.Equal("set", await Store.Settings.FindAsync("instance"));
        Assert.True(await Store.Settings.RemoveAsync("instance"));
        Assert.Null(await Store.Settings.FindAsync("instance"));
    }
}
