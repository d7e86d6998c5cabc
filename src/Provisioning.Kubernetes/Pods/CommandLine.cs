using System.Text;

namespace Slipway.Provisioning.Kubernetes.Pods;

/// <summary>Splits a command line of a container template into words, as its users know it: by white space; quotes of either kind hold words together.</summary>
internal static class CommandLine
{
    public static IReadOnlyList<string> Split(string? text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var isWord = false;
        char quote = '\0';
        foreach (var character in text ?? "")
        {
            if (quote != '\0')
            {
                if (character == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(character);
                }
            }
            else if (character is '"' or '\'')
            {
                quote = character;
                isWord = true;
            }
            else if (!char.IsWhiteSpace(character))
            {
                word.Append(character);
                isWord = true;
            }
            else if (isWord)
            {
                words.Add(word.ToString());
                word.Clear();
                isWord = false;
            }
        }

        if (isWord)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}
