using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Slipway.Api.Rendering;

/// <summary>The same objects as XML, as Stapler writes them: a list becomes repeated elements of the singular name, the class an attribute, null nothing.</summary>
internal static class XmlRendering
{
    public static XElement Write(PrunedObject value)
    {
        var root = new XElement(value.XmlName);
        Fill(root, value);
        return root;
    }

    private static void Fill(XElement element, PrunedObject value)
    {
        element.SetAttributeValue("_class", value.Class);
        foreach (var (name, item) in value.Properties)
        {
            if (item is IReadOnlyList<object?> list)
            {
                foreach (var one in list)
                {
                    Add(element, Singular(name), one);
                }
            }
            else
            {
                Add(element, name, item);
            }
        }
    }

    private static void Add(XElement parent, string name, object? value)
    {
        if (value is null)
        {
            return;
        }

        var element = new XElement(XmlConvert.EncodeLocalName(name));
        parent.Add(element);
        switch (value)
        {
            case PrunedObject nested:
                Fill(element, nested);
                break;
            case bool flag:
                element.Value = flag ? "true" : "false";
                break;
            case double number:
                element.Value = number.ToString(CultureInfo.InvariantCulture);
                break;
            default:
                element.Value = new string([.. (value.ToString() ?? "").Where(XmlConvert.IsXmlChar)]);
                break;
        }
    }

    // Stapler's own rule of thumb for the elements of a list.
    private static string Singular(string name) =>
        name.EndsWith("ies", StringComparison.Ordinal) ? name[..^3] + "y"
        : name.EndsWith('s') ? name[..^1]
        : name;
}
