using Slipway.Agent.Processes;

namespace Slipway.Agent.Tests.Processes;

public sealed class ProcessAgeTests
{
    [Theory]
    [InlineData("1 (slipway-agent) S 0 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 9 0 360000 1 1", "3612.34 100.00\n", 12340L)]
    [InlineData("1 (a ) b (c) S 0 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 9 0 360000 1 1", "3600.00 1\n", 0L)]
    [InlineData("1 (a) S 0", "3600.00 1\n", null)]
    [InlineData("", "", null)]
    public void The_age_is_the_kernels_uptime_less_its_start_whatever_the_program_is_called(string stat, string uptime, long? age) =>
        Assert.Equal(age, ProcessAge.Parse(System.Text.Encoding.ASCII.GetBytes(stat), System.Text.Encoding.ASCII.GetBytes(uptime)));

    [Fact]
    public void This_process_is_as_old_as_the_system_says()
    {
        var said = (DateTime.Now - System.Diagnostics.Process.GetCurrentProcess().StartTime).TotalMilliseconds;

        Assert.InRange(ProcessAge.Milliseconds()!.Value, said - 2000, said + 2000);
    }
}
