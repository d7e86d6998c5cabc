using System.Xml;
using System.Xml.Linq;

namespace Slipway.Controller.Jobs;

/// <summary>A fault in a <c>config.xml</c>, with its place.</summary>
public sealed record ConfigFault(int Line, int Column, string Message)
{
    public override string ToString() => Line > 0 ? $"config.xml:{Line}:{Column}: {Message}" : $"config.xml: {Message}";
}

/// <summary>
/// Reads XML that strangers send. No DTD and so no entities but the five of XML itself (no bombs, nothing external), a bounded size, and positions kept for messages.
/// Jenkins writes XML 1.1 declarations, which .NET does not read; the declaration is passed over, and what 1.1 allows beyond 1.0 (escaped control characters) is refused where it stands.
/// </summary>
internal static class ConfigXml
{
    private const int LargestDocument = 8 * 1024 * 1024;

    public static XElement? Read(string text, List<ConfigFault> faults)
    {
        if (text.Length > LargestDocument)
        {
            faults.Add(new ConfigFault(0, 0, $"the document has {text.Length} characters; at most {LargestDocument} are taken. Keep the script in a repository and name it by URL and path."));
            return null;
        }

        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = LargestDocument,
        };
        try
        {
            using var reader = new DepthLimitedXmlReader(XmlReader.Create(new StringReader(BlankDeclaration(text)), settings));
            return XDocument.Load(reader, LoadOptions.SetLineInfo | LoadOptions.PreserveWhitespace).Root;
        }
        catch (XmlException) when (text.Contains("<!DOCTYPE", StringComparison.OrdinalIgnoreCase))
        {
            // The reader does not say where it stands.
            var at = text.IndexOf("<!DOCTYPE", StringComparison.OrdinalIgnoreCase);
            var line = text.AsSpan(0, at).Count('\n') + 1;
            faults.Add(new ConfigFault(line, at - text.AsSpan(0, at).LastIndexOf('\n'), "a document type (<!DOCTYPE …>) is not allowed, and entities with it. Write the text itself instead of entities."));
            return null;
        }
        catch (XmlException fault)
        {
            faults.Add(new ConfigFault(fault.LineNumber, fault.LinePosition, $"not well-formed XML: {fault.Message}"));
            return null;
        }
    }

    public static ConfigFault FaultAt(XObject at, string message)
    {
        var place = (IXmlLineInfo)at;
        return place.HasLineInfo() ? new ConfigFault(place.LineNumber, place.LinePosition, message) : new ConfigFault(0, 0, message);
    }

    // Replaced by blanks, so that every position stays what the sender sees.
    private static string BlankDeclaration(string text)
    {
        var start = text.AsSpan().IndexOfAnyExcept(" \t\r\n\uFEFF");
        if (start < 0 || !text.AsSpan(start).StartsWith("<?xml", StringComparison.Ordinal))
        {
            return text;
        }

        var end = text.IndexOf("?>", start, StringComparison.Ordinal);
        return end < 0 ? text : string.Concat(new string(' ', end + 2), text.AsSpan(end + 2));
    }
}
