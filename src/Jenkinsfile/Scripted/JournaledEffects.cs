using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary>The time and chance that the language itself lets a script see: effects of the run like any other.</summary>
internal sealed class JournaledEffects(TimeZoneInfo timeZone) : IEnvironmentEffects
{
    private const int MostAtOnce = 1024;

    public TimeZoneInfo TimeZone => timeZone;

    public ValueTask<DateTimeOffset> NowAsync(HostScope scope) => new(StepContext.Of(scope).ReadClockAsync());

    public ValueTask<byte[]> RandomBytesAsync(int count, HostScope scope) => count <= MostAtOnce
        ? new(StepContext.Of(scope).DrawRandomAsync(count))
        : throw Failures.IllegalArgument($"{count} random bytes are too many; at most {MostAtOnce} can be drawn at once.");
}
