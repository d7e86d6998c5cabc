using Slipway.Controller.Secrets;
using Slipway.Model;

namespace Slipway.Controller.Triggers;

/// <summary>Turns what a request gives into the values that a run gets. Pure.</summary>
internal static class ParameterFilling
{
    /// <summary>
    /// A declared parameter takes the given value or its default; what is not declared is dropped, as in Jenkins (SECURITY-170: an undeclared parameter could change the meaning of
    /// variables that the script trusts). Passwords come out sealed.
    /// </summary>
    public static (IReadOnlyList<ParameterValue>? Values, string? Fault) Fill(IReadOnlyList<ParameterDefinition> declared, IReadOnlyDictionary<string, string> given, ParameterSeal seal)
    {
        var values = new List<ParameterValue>(declared.Count);
        foreach (var definition in declared)
        {
            var text = given.TryGetValue(definition.Name, out var value) ? value : null;
            switch (definition)
            {
                case ChoiceParameter choice when text is not null && !choice.Choices.Contains(text):
                    return (null, $"Illegal choice for parameter {choice.Name}: {text}. Choose one of: {string.Join(", ", choice.Choices)}.");
                case BooleanParameter boolean:
                    values.Add(new ParameterValue(boolean.Name, text is null ? Lower(boolean.DefaultValue) : Lower(IsTrue(text)), ParameterType.Boolean));
                    break;
                case ChoiceParameter choice:
                    values.Add(new ParameterValue(choice.Name, text ?? (choice.Choices.Count > 0 ? choice.Choices[0] : ""), ParameterType.Choice));
                    break;
                case TextParameter multiline:
                    values.Add(new ParameterValue(multiline.Name, text ?? multiline.DefaultValue, ParameterType.Text));
                    break;
                case PasswordParameter password:
                    values.Add(new ParameterValue(password.Name, text is null ? seal.SealDefault(password.DefaultValue) : seal.Seal(text), ParameterType.Password));
                    break;
                case StringParameter line:
                    values.Add(new ParameterValue(line.Name, line.Trim ? (text ?? line.DefaultValue).Trim() : text ?? line.DefaultValue));
                    break;
                default:
                    return (null, $"The parameter {definition.Name} is of a kind that this server does not know.");
            }
        }

        return (values, null);
    }

    private static bool IsTrue(string text) => text.Trim().ToLowerInvariant() is "true" or "on" or "yes" or "1";

    private static string Lower(bool value) => value ? "true" : "false";
}
