using System.Xml.Linq;
using Slipway.Controller.Jobs;
using Slipway.Model;
using Slipway.Store.Secrets;

namespace Slipway.Controller.Secrets;

/// <summary>
/// Values of password parameters on their way to rows and back. Rows, queue and views hold them sealed; the run's program alone gets them readable. What an older version stored
/// readable is read as it is.
/// </summary>
internal sealed class ParameterSeal(SecretSealer sealer)
{
    private const string Purpose = "password parameter";

    /// <summary>Seals a text as somebody gave it, whatever it looks like.</summary>
    public string Seal(string plain) => plain.Length == 0 ? plain : sealer.SealText(plain, Purpose);

    /// <exception cref="SealBrokenException">It was sealed by another installation.</exception>
    public string Unseal(string stored) => SecretSealer.IsSealed(stored) ? sealer.UnsealText(stored, Purpose) : stored;

    public IReadOnlyList<ParameterValue> Unseal(IReadOnlyList<ParameterValue> parameters) =>
        [.. parameters.Select(p => p.Type == ParameterType.Password ? p with { Value = Unseal(p.Value) } : p)];

    /// <summary>A default of a job's definition; one that came with its configuration may be sealed already.</summary>
    public string SealDefault(string text) => SecretSealer.IsSealed(text) ? text : Seal(text);

    /// <summary>What a pipeline declares comes from its script, and so is never sealed yet.</summary>
    public IReadOnlyList<ParameterDefinition>? SealDeclared(IReadOnlyList<ParameterDefinition>? declared) =>
        declared is null ? null : [.. declared.Select(d => d is PasswordParameter password ? password with { DefaultValue = Seal(password.DefaultValue) } : d)];

    /// <summary>
    /// A configuration with its passwords' defaults sealed, so that neither the row nor whoever reads <c>config.xml</c> has them; everything else stays as its author wrote it.
    /// A sealed default that is sent back is taken as it is.
    /// </summary>
    /// <param name="check">Looks whether defaults that are sealed already can be read here.</param>
    /// <exception cref="SealBrokenException">A default was sealed by another installation; only where that is looked at.</exception>
    public string SealConfig(string configXml, bool check)
    {
        if (!configXml.Contains("PasswordParameterDefinition", StringComparison.Ordinal) || ConfigXml.Read(configXml, []) is not { } root)
        {
            return configXml;
        }

        var changed = false;
        foreach (var value in root.Descendants("hudson.model.PasswordParameterDefinition").Elements("defaultValue"))
        {
            var text = value.Value;
            if (SecretSealer.IsSealed(text))
            {
                _ = check ? Unseal(text) : text;
            }
            else if (text.Length > 0)
            {
                value.Value = Seal(text);
                changed = true;
            }
        }

        return changed ? "<?xml version='1.1' encoding='UTF-8'?>\n" + root.ToString(SaveOptions.DisableFormatting) + "\n" : configXml;
    }
}
