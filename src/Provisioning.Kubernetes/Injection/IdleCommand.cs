using System.Text.RegularExpressions;

namespace Slipway.Provisioning.Kubernetes.Injection;

/// <summary>Commands that only keep a container alive, so that processes can be run in it. Whatever does something is not one of them.</summary>
internal static partial class IdleCommand
{
    private static readonly HashSet<string> Shells = ["sh", "bash", "ash", "dash", "ksh", "zsh", "busybox"];

    /// <param name="words">The program and its arguments.</param>
    public static bool IsIdle(IReadOnlyList<string> words)
    {
        if (words.Count == 0)
        {
            return false;
        }

        var program = words[0][(words[0].LastIndexOf('/') + 1)..];
        var rest = words.Skip(1).ToList();
        return program switch
        {
            "cat" => rest is [] or ["-"],
            "sleep" => rest.Count > 0 && rest.All(IsDuration),
            "tail" => rest is ["-f" or "-F", "/dev/null"],
            "pause" => rest.Count == 0,
            "tini" or "dumb-init" => IsIdle([.. rest.SkipWhile(word => word.StartsWith('-'))]),
            "env" => IsIdle(rest),
            "busybox" when rest.Count > 0 => IsIdle(rest),
            _ when Shells.Contains(program) => IsIdleShell(rest),
            _ => false,
        };
    }

    private static bool IsIdleShell(List<string> arguments)
    {
        var at = 0;
        var hasScript = false;
        for (; at < arguments.Count && arguments[at].StartsWith('-') && !hasScript; at++)
        {
            hasScript = arguments[at].EndsWith('c') && !arguments[at].StartsWith("--", StringComparison.Ordinal);
        }

        return hasScript ? at == arguments.Count - 1 && IsIdleScript(arguments[at]) : at == arguments.Count;
    }

    private static bool IsIdleScript(string script) =>
        script.Split([';', '\n', '&'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(command => command.StartsWith("exec ", StringComparison.Ordinal) ? command[5..].Trim() : command)
            .Select(command => command.StartsWith("do ", StringComparison.Ordinal) ? command[3..].Trim() : command)
            .All(command => Filler().IsMatch(command) || IsIdle(command.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
        && script.Split([';', '\n', '&', ' '], StringSplitOptions.RemoveEmptyEntries).Any(word => word is "cat" or "sleep" or "tail");

    private static bool IsDuration(string word) => word == "infinity" || (word.Length > 0 && char.IsAsciiDigit(word[0]) && word[..^1].All(character => char.IsAsciiDigit(character) || character == '.')
        && (char.IsAsciiDigit(word[^1]) || word[^1] is 's' or 'm' or 'h' or 'd'));

    [GeneratedRegex(@"^(while (true|:|\[ 1 \]|sleep \d+[smhd]?)|until false|done|do|wait( \$!)?|trap .*|:|true|do (:|true)|exit 0)$", RegexOptions.CultureInvariant)]
    private static partial Regex Filler();
}
