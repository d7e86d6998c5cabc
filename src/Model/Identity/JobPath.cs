using System.Diagnostics.CodeAnalysis;

namespace Slipway.Model;

/// <summary>The full name of a job or folder: its segments from the root, <c>team/app/main</c>. Every segment is a legal name.</summary>
public readonly record struct JobPath
{
    private const int LongestName = 255;
    private const string Forbidden = "/\\?*%!@#$^&|<>[]:;";

    private JobPath(string value) => Value = value;

    /// <summary>The root folder: no segments.</summary>
    public static JobPath Root => new("");

    public string Value { get => field ?? ""; }

    public bool IsRoot => Value.Length == 0;

    public IReadOnlyList<string> Segments => IsRoot ? [] : Value.Split('/');

    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    public JobPath Parent => Value.LastIndexOf('/') is var slash and >= 0 ? new JobPath(Value[..slash]) : Root;

    public static JobPath Parse(string value) => TryParse(value, out var path, out var fault) ? path : throw new FormatException(fault);

    /// <summary>Reads <c>a/b/c</c>; a leading or trailing slash is allowed, as clients write it.</summary>
    public static bool TryParse(string value, out JobPath path, [NotNullWhen(false)] out string? fault)
    {
        path = Root;
        fault = null;
        var trimmed = value.Trim('/');
        if (trimmed.Length == 0)
        {
            return true;
        }

        foreach (var segment in trimmed.Split('/'))
        {
            if (!IsLegalName(segment, out fault))
            {
                return false;
            }
        }

        path = new JobPath(trimmed);
        return true;
    }

    /// <summary>The child of this folder with that name.</summary>
    public JobPath Child(string name)
    {
        if (!IsLegalName(name, out var fault))
        {
            throw new FormatException(fault);
        }

        return new JobPath(IsRoot ? name : $"{Value}/{name}");
    }

    /// <summary>Jenkins' rule for names (<c>jenkins.model.Jenkins.checkGoodName</c>): not empty, no dot names, none of the characters that mean something in URLs and file systems.</summary>
    public static bool IsLegalName(string name, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        if (string.IsNullOrWhiteSpace(name))
        {
            fault = "No name is specified. Give the job a name of letters, digits, '-', '_', '.' or spaces.";
        }
        else if (name is "." or "..")
        {
            fault = $"'{name}' is not an allowed name. Choose one that is more than dots.";
        }
        else if (name.Length > LongestName)
        {
            fault = $"The name is {name.Length} characters long; at most {LongestName} are allowed.";
        }
        else if (name.Trim() != name || name.EndsWith('.'))
        {
            fault = $"'{name}' begins or ends with a space, or ends with a dot. Leave that character out.";
        }
        else
        {
            foreach (var character in name)
            {
                if (char.IsControl(character))
                {
                    fault = $"The name holds the control character \\u{(int)character:x4}, which is not allowed. Leave it out.";
                    break;
                }

                if (Forbidden.Contains(character))
                {
                    fault = $"'{character}' is an unsafe character in the name '{name}'. Leave it out.";
                    break;
                }
            }
        }

        return fault is null;
    }

    /// <summary><c>job/a/job/b/</c>, the path below the server's root in every URL; each segment escaped.</summary>
    public string ToUrlPath() => string.Concat(Segments.Select(s => $"job/{Uri.EscapeDataString(s)}/"));

    public override string ToString() => Value;
}
