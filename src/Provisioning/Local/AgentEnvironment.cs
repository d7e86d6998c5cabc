using System.Collections;

namespace Slipway.Provisioning.Local;

/// <summary>
/// What of the server's own environment its local agents see, and with them every build. The rest stays with the server: a database's password or a cloud's key in its environment is none of a
/// pipeline's business.
/// </summary>
public sealed class AgentEnvironment
{
    /// <summary>What programs need to work at all, and nothing that holds a secret. Names that begin with <c>LC_</c> belong to it too.</summary>
    public static readonly IReadOnlyList<string> Always = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR"];

    private readonly HashSet<string>? _names;

    private AgentEnvironment(HashSet<string>? names) => _names = names;

    /// <summary>Everything: for a server that works for the person who started it alone, in that person's shell.</summary>
    public static AgentEnvironment Whole { get; } = new(names: null);

    /// <summary><see cref="Always"/> and these.</summary>
    public static AgentEnvironment Only(params IEnumerable<string> further) => new([.. Always, .. further]);

    public bool Holds(string name) => _names is null || _names.Contains(name) || name.StartsWith("LC_", StringComparison.Ordinal);

    /// <summary>Those of the variables that agents see.</summary>
    internal IEnumerable<KeyValuePair<string, string?>> Of(IDictionary variables) =>
        variables.Cast<DictionaryEntry>().Where(v => Holds((string)v.Key)).Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value));
}
