using Slipway.Controller.Locks;
using Slipway.Model;
using Slipway.Model.Effects;

namespace Slipway.Controller.Tests.Locks;

public class LockManagerTests
{
    private readonly LockManager _locks = new();

    [Fact]
    public async Task Waiters_get_the_lock_in_the_order_of_their_requests()
    {
        await AcquireAsync(1, at: 0);
        var third = AcquireAsync(3, at: 3);
        var second = AcquireAsync(2, at: 2);

        _locks.Release(new LockOwner(new RunId(1), 1));
        Assert.IsType<LockAcquired>(await second);
        Assert.False(third.IsCompleted);

        _locks.ReleaseAll(new RunId(2));
        Assert.IsType<LockAcquired>(await third);
    }

    [Fact]
    public async Task With_inverse_precedence_the_newest_goes_first()
    {
        await AcquireAsync(1, at: 0);
        var second = AcquireAsync(2, at: 2, inverse: true);
        var third = AcquireAsync(3, at: 3, inverse: true);

        _locks.ReleaseAll(new RunId(1));

        Assert.IsType<LockAcquired>(await third);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public async Task A_cancelled_waiter_is_passed_over()
    {
        await AcquireAsync(1, at: 0);
        using var cancel = new CancellationTokenSource();
        var second = _locks.AcquireAsync(new LockOwner(new RunId(2), 1), Request(), At(2), cancel.Token);
        var third = AcquireAsync(3, at: 3);

        await cancel.CancelAsync();
        _locks.ReleaseAll(new RunId(1));

        Assert.IsType<EffectCancelled>(await second);
        Assert.IsType<LockAcquired>(await third);
    }

    [Fact]
    public async Task What_a_run_held_before_a_restart_it_holds_after()
    {
        _locks.Restore(new LockOwner(new RunId(1), 1), ["printer"]);
        var second = AcquireAsync(2, at: 2);

        Assert.False(second.IsCompleted);
        Assert.Equal("waiting for the lock 'printer'", _locks.WhyWaiting(new RunId(2)));
        _locks.ReleaseAll(new RunId(1));
        Assert.IsType<LockAcquired>(await second);
    }

    [Fact]
    public async Task Asking_again_for_what_one_holds_gives_it()
    {
        await AcquireAsync(1, at: 0);

        Assert.Equal(["printer"], Assert.IsType<LockAcquired>(await AcquireAsync(1, at: 0)).Resources);
    }

    [Fact]
    public async Task Skip_if_locked_does_not_wait()
    {
        await AcquireAsync(1, at: 0);

        var result = await _locks.AcquireAsync(new LockOwner(new RunId(2), 1), Request() with { SkipIfLocked = true }, At(1), CancellationToken.None);

        Assert.Empty(Assert.IsType<LockAcquired>(result).Resources);
    }

    private Task<EffectResult> AcquireAsync(long run, int at, bool inverse = false) =>
        _locks.AcquireAsync(new LockOwner(new RunId(run), 1), Request() with { InversePrecedence = inverse }, At(at), CancellationToken.None);

    private static AcquireLock Request() => new("printer", null, 0, InversePrecedence: false, SkipIfLocked: false);

    private static DateTimeOffset At(int seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);
}
