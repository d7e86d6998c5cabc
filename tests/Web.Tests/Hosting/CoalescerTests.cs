using Slipway.Web.Hosting;

namespace Slipway.Web.Tests.Hosting;

public sealed class CoalescerTests
{
    [Fact]
    public async Task Everyone_who_comes_during_a_rendering_shares_the_next_one()
    {
        var coalescer = new Coalescer<int>();
        var started = 0;
        var gates = Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var begun = Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        async Task<int> Work()
        {
            var mine = Interlocked.Increment(ref started) - 1;
            begun[mine].SetResult();
            await gates[mine].Task;
            return mine;
        }

        var first = coalescer.RunAsync("k", Work, TestContext.Current.CancellationToken);
        await begun[0].Task;
        var later = Enumerable.Range(0, 1000).Select(_ => coalescer.RunAsync("k", Work, TestContext.Current.CancellationToken)).ToList();
        gates[0].SetResult();
        Assert.Equal(0, await first);
        await begun[1].Task;
        gates[1].SetResult();
        Assert.All(await Task.WhenAll(later), r => Assert.Equal(1, r));
        Assert.Equal(2, started);
    }

    [Fact]
    public async Task Nobody_gets_what_began_before_they_asked()
    {
        var coalescer = new Coalescer<int>();
        var state = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), TestContext.Current.CancellationToken, async (_, cancellation) =>
        {
            var mine = Interlocked.Increment(ref state);
            var seen = await coalescer.RunAsync("k", () => Task.FromResult(Volatile.Read(ref state)), cancellation);
            Assert.True(seen >= mine, $"asked after {mine}, got {seen}");
        });
    }

    [Fact]
    public async Task A_failure_is_told_to_those_who_shared_it_and_forgotten()
    {
        var coalescer = new Coalescer<int>();
        await Assert.ThrowsAsync<InvalidOperationException>(() => coalescer.RunAsync("k", () => throw new InvalidOperationException(), TestContext.Current.CancellationToken));
        Assert.Equal(5, await coalescer.RunAsync("k", () => Task.FromResult(5), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task One_who_leaves_does_not_take_the_others_work_along()
    {
        var coalescer = new Coalescer<int>();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var leaving = new CancellationTokenSource();
        var gone = coalescer.RunAsync("k", async () => { await gate.Task; return 1; }, leaving.Token);
        var stays = coalescer.RunAsync("k", () => Task.FromResult(2), TestContext.Current.CancellationToken);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        gate.SetResult();
        Assert.Equal(2, await stays);
    }
}
