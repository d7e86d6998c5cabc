using System.Text;
using Slipway.Controller.Tests;
using Slipway.Model;

namespace Slipway.Controller.Tests.Tests;

public class JUnitReaderTests
{
    [Fact]
    public void Suites_cases_and_their_ends_are_read()
    {
        var suite = Assert.Single(Read("""
            <testsuites><testsuite name="app" time="1.5">
              <testcase classname="a.B" name="works" time="0.5"/>
              <testcase classname="a.B" name="breaks" time="1,000.25"><failure message="expected 1">at B.java:3</failure><system-out>printed</system-out></testcase>
              <testcase name="waits"><skipped/></testcase>
            </testsuite><testsuite name="empty"/></testsuites>
            """));

        Assert.Equal("app", suite.Name);
        Assert.Equal(TimeSpan.FromSeconds(1.5), suite.Duration);
        Assert.Collection(
            suite.Cases,
            c => Assert.Equal(TestStatus.Passed, c.Status),
            c =>
            {
                Assert.Equal(TestStatus.Failed, c.Status);
                Assert.Equal("expected 1", c.Message);
                Assert.Equal("at B.java:3", c.Stack);
                Assert.Equal("printed", c.Output);
                Assert.Equal(1000.25, c.Duration.TotalSeconds);
            },
            c =>
            {
                Assert.Equal(TestStatus.Skipped, c.Status);
                Assert.Equal("app", c.ClassName);
            });
    }

    [Theory]
    [InlineData("<testsuite", "not well-formed")]
    [InlineData("<coverage/>", "not a JUnit report")]
    [InlineData("<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite name='&a;'/>", "not well-formed")]
    public void What_is_no_report_is_refused_by_name(string xml, string expected)
    {
        var fault = Assert.Throws<InvalidDataException>(() => Read(xml));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Contains("TEST-x.xml", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_nested_too_deep_is_refused_before_it_costs_time()
    {
        Assert.Contains("nested more than", Assert.Throws<InvalidDataException>(() => Read("<testsuite>" + string.Concat(Enumerable.Repeat("<a>", 1_000_000)))).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<Store.Tests.TestSuiteRecord> Read(string xml) => JUnitReader.Read("TEST-x.xml", new MemoryStream(Encoding.UTF8.GetBytes(xml)));
}
