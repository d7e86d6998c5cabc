using System.CommandLine;
using Slipway.Jenkinsfile.Lint;

namespace Slipway.Cli.Commands;

/// <summary>What looks like an option and is none. The parser takes it for a file wherever a command takes files.</summary>
internal static class UnknownOptions
{
    /// <returns>A message for each, with the name that was probably meant.</returns>
    public static List<string> In(ParseResult parsed, string[] arguments)
    {
        // Behind "--" stand arguments alone, whatever they look like.
        var options = arguments.TakeWhile(a => a != "--").ToHashSet(StringComparer.Ordinal);
        var known = NamesOf(parsed).ToList();
        return
        [
            .. parsed.CommandResult.Tokens.Select(t => t.Value).Concat(parsed.UnmatchedTokens)
                .Where(t => t.Length > 1 && t[0] == '-' && options.Contains(t))
                .Distinct()
                .Select(t => t.Split('=')[0])
                .Select(name => $"slipway{CommandOf(parsed)} knows no option '{name}'.{(NearestName.Of(name, known) is { } near ? $" Did you mean '{near}'?" : "")}"),
        ];
    }

    public static string SeeHelp(ParseResult parsed) => $"See 'slipway{CommandOf(parsed)} --help'.";

    private static string CommandOf(ParseResult parsed) => parsed.CommandResult.Command is RootCommand ? "" : " " + parsed.CommandResult.Command.Name;

    private static IEnumerable<string> NamesOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.Concat(parsed.RootCommandResult.Command.Options.Where(o => o.Recursive)).SelectMany(o => o.Aliases.Prepend(o.Name)).Where(n => n.StartsWith("--", StringComparison.Ordinal)).Distinct();
}
