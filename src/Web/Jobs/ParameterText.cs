using Slipway.Model;

namespace Slipway.Web.Jobs;

internal static class ParameterText
{
    /// <summary>What a parameter is without an answer, in words; a password's default is never shown.</summary>
    public static string DefaultOf(ParameterDefinition parameter) => parameter switch
    {
        StringParameter { DefaultValue.Length: > 0 } text => text.DefaultValue,
        TextParameter { DefaultValue.Length: > 0 } text => text.DefaultValue.Split('\n')[0],
        BooleanParameter flag => flag.DefaultValue ? "true" : "false",
        ChoiceParameter choice => string.Join(" | ", choice.Choices),
        PasswordParameter => "••••••••",
        _ => "empty",
    };
}
