using Slipway.Api.Access;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Access;

public sealed class LoginThrottleTests
{
    private readonly ManualTime _time = new();
    private readonly LoginThrottle _throttle;

    public LoginThrottleTests() => _throttle = new LoginThrottle(_time);

    private void Fail(int times, string user = "u", string address = "a")
    {
        for (var i = 0; i < times; i++)
        {
            _throttle.Failed(address, user);
        }
    }

    [Fact]
    public void The_first_failures_cost_nothing()
    {
        Fail(4);
        Assert.Null(_throttle.PauseOf("a", "u"));
    }

    [Fact]
    public void Each_further_failure_doubles_the_pause_up_to_an_end()
    {
        Fail(5);
        Assert.Equal(1, _throttle.PauseOf("a", "u")!.Value.TotalSeconds);
        Fail(2);
        Assert.Equal(4, _throttle.PauseOf("a", "u")!.Value.TotalSeconds);
        Fail(20);
        Assert.Equal(300, _throttle.PauseOf("a", "u")!.Value.TotalSeconds);
    }

    [Fact]
    public void A_pause_ends()
    {
        Fail(6);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(_throttle.PauseOf("a", "u"));
    }

    [Fact]
    public void Neither_other_users_nor_other_addresses_wait()
    {
        Fail(10);
        Assert.Null(_throttle.PauseOf("a", "other"));
        Assert.Null(_throttle.PauseOf("b", "u"));
        Assert.NotNull(_throttle.PauseOf("a", "U"));
    }

    [Fact]
    public void Many_users_from_one_address_make_the_address_wait()
    {
        for (var i = 0; i < 30; i++)
        {
            Fail(1, $"user-{i}");
        }

        Assert.NotNull(_throttle.PauseOf("a", "one-more"));
        Assert.Null(_throttle.PauseOf("b", "one-more"));
    }

    [Fact]
    public void A_success_forgives_the_user()
    {
        Fail(6);
        _throttle.Succeeded("a", "u");
        Assert.Null(_throttle.PauseOf("a", "u"));
    }
}
