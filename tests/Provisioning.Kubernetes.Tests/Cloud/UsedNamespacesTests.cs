using Slipway.Provisioning.Kubernetes.Cloud;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

public sealed class UsedNamespacesTests : IDisposable
{
    private readonly NamespacesInMemory _memory = new();
    private readonly MovedTime _time = new();
    private readonly UsedNamespaces _used;

    public UsedNamespacesTests() => _used = new UsedNamespaces(_memory, _time);

    public void Dispose() => _used.Dispose();

    [Fact]
    public async Task A_namespace_is_written_once_before_its_first_use_completes()
    {
        await _used.UseAsync("b", default);
        await _used.UseAsync("a", default);
        await _used.UseAsync("b", default);

        Assert.Equal(["a", "b"], _memory.Namespaces);
        Assert.Equal(2, _memory.Writes);
    }

    [Fact]
    public async Task One_that_is_empty_is_forgotten_only_when_nobody_has_used_it_for_a_while()
    {
        await _used.UseAsync("a", default);
        await _used.UseAsync("b", default);

        Assert.Empty(await _used.KeepAsync(new HashSet<string> { "a" }, default));
        _time.Now += UsedNamespaces.Linger;
        Assert.Equal(["b"], await _used.KeepAsync(new HashSet<string> { "a" }, default));
        Assert.Empty(await _used.KeepAsync(new HashSet<string> { "a" }, default));

        Assert.Equal(["a"], _memory.Namespaces);
        Assert.Equal(3, _memory.Writes);
    }

    [Fact]
    public async Task One_of_an_earlier_life_is_forgotten_as_soon_as_it_is_seen_to_be_empty_and_one_that_was_found_is_remembered()
    {
        _memory.Namespaces = ["old", "still"];
        Assert.Equal(["old", "still"], await _used.LoadAsync(default));

        Assert.Equal(["old"], await _used.KeepAsync(new HashSet<string> { "still", "found" }, default));

        Assert.Equal(["found", "still"], _memory.Namespaces);
    }

    [Fact]
    public async Task One_that_could_not_be_written_is_not_taken_for_remembered()
    {
        _memory.Fails = true;
        await Assert.ThrowsAsync<IOException>(async () => await _used.UseAsync("a", default));

        _memory.Fails = false;
        await _used.UseAsync("a", default);

        Assert.Equal(["a"], _memory.Namespaces);
    }

    private sealed class MovedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

internal sealed class NamespacesInMemory : INamespaceMemory
{
    public IReadOnlyList<string> Namespaces { get; set; } = [];

    public int Writes { get; private set; }

    public bool Fails { get; set; }

    public Task<IReadOnlyList<string>> LoadAsync(CancellationToken cancellation) => Task.FromResult(Namespaces);

    public Task SaveAsync(IReadOnlyList<string> namespaces, CancellationToken cancellation)
    {
        if (Fails)
        {
            throw new IOException("The disk is full.");
        }

        Writes++;
        Namespaces = namespaces;
        return Task.CompletedTask;
    }
}
