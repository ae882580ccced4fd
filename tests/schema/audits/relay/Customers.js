// A Relay client in small: a paged list in a fragment, a record, a mutation, everything that Relay asks of a schema.
graphql`
  query CustomersQuery($count: Int!, $filter: CustomerFilter, $id: ID!) {
    ...Customers_list @arguments(count: $count, filter: $filter)
    node(id: $id) { ...Customers_card @alias }
    viewer { name tenant { baseCurrency } }
  }
`;
graphql`
  fragment Customers_list on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }, filter: { type: "CustomerFilter" })
  @refetchable(queryName: "CustomersNextPageQuery") {
    customers(first: $count, after: $cursor, filter: $filter, orderBy: [{ name: ASC }]) @connection(key: "Customers_list_customers") {
      edges { node { id ...Customers_card } }
      totalCount { value exact }
    }
  }
`;
graphql`
  fragment Customers_card on Customer @refetchable(queryName: "CustomersCardQuery") {
    id
    version
    name
    owner { name }
    access { canUpdate hiddenFields }
  }
`;
graphql`
  mutation CustomersCreateMutation($input: CustomerCreateInput!, $connections: [ID!]!) {
    customerCreate(input: $input) {
      customer @prependNode(connections: $connections, edgeTypeName: "CustomerEdge") { ...Customers_card }
      problems { __typename code message path ... on VersionConflict { currentVersion } }
    }
  }
`;
