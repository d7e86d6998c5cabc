using Slipway.Jenkinsfile.Lint;

namespace Slipway.Jenkinsfile.Steps.Binding;

internal static class DidYouMean
{
    /// <summary><c> Did you mean 'x'?</c>, with the leading space, or nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known) => NearestName.Of(name, known) is { } near ? $" Did you mean '{near}'?" : "";
}
